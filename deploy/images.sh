#!/usr/bin/env bash
# Builds the two container images with the SDK alone, on Microsoft's base image, which it fetches; needs no engine and no Dockerfile.
#   deploy/images.sh FOLDER      writes vault-silo.tar.gz and vault-gateway.tar.gz, for `docker load -i` or `podman load -i`
#   deploy/images.sh             hands them to the engine on this machine
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
for program in silo gateway; do
  archive=()
  [ $# -eq 0 ] || archive=(-p:ContainerArchiveOutputPath="$(mkdir -p "$1" && cd "$1" && pwd)/vault-$program.tar.gz")
  dotnet publish "$root/$program" -c Release -t:PublishContainer -p:ContainerRepository="vault-$program" -p:ContainerImageTag=0.1.0 "${archive[@]}" --nologo -v q
done
