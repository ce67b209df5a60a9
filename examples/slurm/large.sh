#!/usr/bin/env bash
# One network over many processes:  sbatch large.sh
# Each holds a part of the units and their synapses; the result is the same bits on any number of them.
#SBATCH --job-name=sorn-large
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G
#SBATCH --time=24:00:00
#SBATCH --signal=TERM@600    # to the processes of srun, ten minutes before the time is up: they write a checkpoint
#SBATCH --requeue
#SBATCH --open-mode=append   # one log, however often the job is requeued
set -uo pipefail
shopt -s nullglob

# Without sparse inhibitory connections the memory grows with the square of the units.
# Checkpoints lie beside the result until it is complete; from the newest the job goes on where it was.
before=(large.h5.checkpoint-*)
if ((${#before[@]})); then
  srun sorn simulate --resume large.h5
else
  srun sorn simulate --steps 1e6 --seed 1 --record C/1000 --checkpoint-every 50000 --out large.h5 \
    --set ne=1000000 --set lambda_ee=20 --set lambda_ei=40 \
    --set network_type_ie=Sparse --set lambda_ie=0.01
fi
code=$?

# Checkpoints that are not those from before say that it got on and is not done: after a signal srun gives 143, and
# mpirun 1.
after=(large.h5.checkpoint-*)
if [[ ! $code =~ ^(0|2|3|4|70)$ && ${#after[@]} -gt 0 && ${after[*]} != "${before[*]}" ]]; then
  echo "to be continued"
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
