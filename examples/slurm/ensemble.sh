#!/usr/bin/env bash
# Replicas of one network as a job array:  sbatch ensemble.sh
# Each task is one process with several threads: no MPI is needed.
#SBATCH --job-name=sorn-ensemble
#SBATCH --array=0-9          # ten tasks ...
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=16   # ... of sixteen replicas at a time
#SBATCH --mem-per-cpu=500M
#SBATCH --time=04:00:00
#SBATCH --requeue
set -euo pipefail

# Every task has a seed of its own, from which those of its replicas follow: the same array gives the same bits.
seed=$((1000 + SLURM_ARRAY_TASK_ID))
folder=ensemble/task-$SLURM_ARRAY_TASK_ID
replicas=16
mkdir -p "$folder"

# A task that was requeued goes on where it was. Replica 0 is the last to get its first checkpoint: if it has that, or has
# come to its end, all have begun; before that the ensemble begins anew.
if [[ -e $folder/run-00.h5 ]] || compgen -G "$folder/run-00.h5.checkpoint-*" >/dev/null; then
  sorn simulate --resume "$folder/run.h5" --replicas "$replicas" --threads "$SLURM_CPUS_PER_TASK"
else
  sorn simulate --replicas "$replicas" --threads "$SLURM_CPUS_PER_TASK" --seed "$seed" \
    --steps 1e7 --record E,C/1000 --checkpoint-every 1e6 --out "$folder/run.h5"
fi
