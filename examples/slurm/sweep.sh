#!/usr/bin/env bash
# A sweep over many processes:  sbatch sweep.sh sweep.toml results
# 'sorn sweep --dump-example > sweep.toml' makes a file to start from.
#SBATCH --job-name=sorn-sweep
#SBATCH --ntasks=64          # runs at a time, one processor each, on as many machines as that takes
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=500M   # of one run
#SBATCH --time=04:00:00
#SBATCH --signal=TERM@120    # to the processes of srun, two minutes before the time is up
#SBATCH --requeue
#SBATCH --open-mode=append   # one log, however often the job is requeued
set -uo pipefail

design=${1:?usage: sbatch sweep.sh SWEEP.toml FOLDER}
folder=${2:?usage: sbatch sweep.sh SWEEP.toml FOLDER}

# Process 0 hands out the runs as the others become free, and makes runs too. If the site's srun does not start MPI
# programs, 'srun --mpi=list' tells what it knows; 'mpirun sorn sweep ...' does the same within a job.
mkdir -p "$folder"
begin=$folder/begin-of-job
touch "$begin"
srun sorn sweep "$design" --out "$folder"
code=$?

# The files in the folder tell how far it is: after a signal srun gives 143, and mpirun 1. The table is written when all
# runs have ended; an older one may be of a time when there were fewer.
newer() { [[ -e $1 && ! $begin -nt $1 ]]; }
if newer "$folder/table.csv"; then
  echo "all runs have ended: $folder/table.csv"
  ((code == 0)) || echo "some have failed: the column 'error' says why"
elif [[ $code =~ ^(2|3|4|70)$ ]]; then
  echo "the same again would not help: see above"
elif newer "$folder/runs.journal"; then
  # The time is up. What has ended is in the journal: the same job goes on with the rest.
  echo "to be continued"
  scontrol requeue "$SLURM_JOB_ID"
else
  echo "not a single run has ended: more time is needed, or see above"
fi
rm -f "$begin"
exit "$code"
