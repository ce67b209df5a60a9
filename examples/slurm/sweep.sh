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
srun sorn sweep "$design" --out "$folder"
code=$?

case $code in
  0) echo "all runs have ended: $folder/table.csv" ;;
  3) echo "some runs failed, or the design is wrong: see above, and the column 'error' of $folder/table.csv" ;;
  143)
    # The time is up. What has ended is in the folder's journal: the same job goes on with the rest.
    echo "to be continued"
    scontrol requeue "$SLURM_JOB_ID"
    ;;
esac
exit "$code"
