#!/usr/bin/env bash
# Builds the two container images with the SDK alone; needs no engine and no Dockerfile.
#   deploy/images.sh FOLDER      writes vault-silo.tar and vault-gateway.tar, for `docker load -i` or `podman load -i`
#   deploy/images.sh             hands them to the engine on this machine
# VAULT_REGISTRY (registry.example.org, or registry.example.org/team) pushes them there instead, with the credentials of `docker login`.
# VAULT_BASE_IMAGE (registry.example.org/dotnet/aspnet:10.0) takes the base image from there instead of Microsoft's registry.
# VAULT_ARCHITECTURE (x64 or arm64) is that of the machines they run on; this one's unless given.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
configuration=${VAULT_CONFIGURATION:-Release}
architecture=${VAULT_ARCHITECTURE:-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')}
options=(-c "$configuration" -p:ContainerRuntimeIdentifier="linux-$architecture")
[ -z "${VAULT_BASE_IMAGE:-}" ] || options+=(-p:ContainerBaseImage="$VAULT_BASE_IMAGE")
registry=${VAULT_REGISTRY:-}
archives=
[ $# -eq 0 ] || archives=$(mkdir -p "$1" && cd "$1" && pwd)

# A folder that is published into is not emptied by it: what lay there from before would be in the image.
published=$(mktemp -d)
trap 'rm -rf "$published"' EXIT

for program in silo gateway; do
  target=(-p:ContainerImageFormat=Docker) # what every engine loads; registries take what the base image is
  if [ -n "$archives" ]; then
    target+=(-p:ContainerArchiveOutputPath="$archives/vault-$program.tar")
  elif [[ $registry == */* ]]; then
    target=(-p:ContainerRegistry="${registry%%/*}" -p:ContainerRepository="${registry#*/}/vault-$program")
  elif [ -n "$registry" ]; then
    target=(-p:ContainerRegistry="$registry")
  fi
  dotnet publish "$root/$program" -t:PublishContainer "${options[@]}" "${target[@]}" -o "$published/$program" --nologo -v q
done
