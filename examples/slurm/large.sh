#!/usr/bin/env bash
# One network over many processes:  sbatch large.sh
# Each holds a part of the units and their synapses; the result is the same bits on any number of them.
#SBATCH --job-name=sorn-large
#SBATCH --ntasks=32
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=2G
#SBATCH --time=24:00:00
set -euo pipefail

# Without sparse inhibitory connections the memory grows with the square of the units.
srun sorn simulate --steps 1e6 --seed 1 --record C/1000 --out large.h5 \
  --set ne=1000000 --set lambda_ee=20 --set lambda_ei=40 \
  --set network_type_ie=Sparse --set lambda_ie=0.01
