#!/usr/bin/env bash
# A sweep as a job array, without MPI:  sbatch sweep-array.sh sweep.toml results
# Then, when all tasks have ended:      python3 sweep_array.py sweep.toml results --join
# The wheel is enough: see README.md. 'sorn sweep --dump-example > sweep.toml' makes a file to start from.
#SBATCH --job-name=sorn-sweep-array
#SBATCH --array=0-9          # ten tasks, on any machines ...
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8    # ... of eight runs at a time
#SBATCH --mem-per-cpu=500M   # of one run
#SBATCH --time=04:00:00
#SBATCH --requeue
set -euo pipefail

design=${1:?usage: sbatch sweep-array.sh SWEEP.toml FOLDER}
folder=${2:?usage: sbatch sweep-array.sh SWEEP.toml FOLDER}
export PATH=${SORN_ENVIRONMENT:-$HOME/sorn}/bin:$PATH

# Slurm runs a copy of this script, but in the folder of sbatch. The program repeats no run that has ended.
program=${SORN_PROGRAM:-$SLURM_SUBMIT_DIR/sweep_array.py}
python3 "$program" "$design" "$folder" --part "$SLURM_ARRAY_TASK_ID" --parts "$SLURM_ARRAY_TASK_COUNT" \
  --processes "$SLURM_CPUS_PER_TASK"
