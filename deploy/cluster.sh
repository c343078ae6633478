#!/usr/bin/env bash
# A whole cluster on this machine: 3 silos, 2 gateways, a Redis and the Azure blob emulator, as processes.
#   deploy/cluster.sh up [FOLDER]      starts it, or what of it does not run; prints where to connect
#   deploy/cluster.sh status [FOLDER]  says what runs and whether it is ready
#   deploy/cluster.sh down [FOLDER]    stops it; what it stored stays in FOLDER
# FOLDER is ./vault-cluster unless given. Needs the .NET SDK 10 and Node 20 with npm; redis-server is used where it is installed,
# and Microsoft's Garnet otherwise, or with VAULT_REDIS=garnet.
# VAULT_FIRST_PORT (7200) is the first of the 22 loopback ports that it takes.
set -euo pipefail

command=${1:-}
folder=${2:-vault-cluster}
root=$(cd "$(dirname "$0")/.." && pwd)
first=${VAULT_FIRST_PORT:-7200}
redis=$((first + 20)) azurite=$((first + 21))
patience=${VAULT_PATIENCE:-120}
configuration=${VAULT_CONFIGURATION:-Release}

usage() {
  sed -n '3,5s/^# *//p' "$0" >&2
  exit 2
}

case $command in up | down | status) ;; *) usage ;; esac
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
run=$folder/run log=$folder/log

# The process of this name, if it runs and is the one that was started.
running() {
  [ -f "$run/$1" ] && kill -0 "$(cut -d' ' -f1 "$run/$1")" 2>/dev/null &&
    [ "$(started "$(cut -d' ' -f1 "$run/$1")")" = "$(cut -d' ' -f2 "$run/$1")" ]
}

# When a process began: a number that was given to another process since is not ours to stop.
started() { ps -o lstart= -p "$1" | tr -d ' '; }

start() {
  local name=$1
  shift
  running "$name" && return
  setsid "$@" >"$log/$name.log" 2>&1 </dev/null &
  echo "$! $(started $!)" >"$run/$name"
}

# Waits until something is so; a process that ended meanwhile ends the wait.
await() {
  local name=$1 end=$((SECONDS + patience))
  shift
  until "$@"; do
    running "$name" || fail "$name ended. The end of $log/$name.log:" "$(tail -n 5 "$log/$name.log")"
    [ $SECONDS -lt $end ] || fail "$name is not ready after $patience s; see $log/$name.log"
    sleep 0.2
  done
}

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

ready() {
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /health/ready HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  local status
  read -r status <&3 || true
  exec 3>&-
  [[ $status == *" 200 "* ]]
}

names() { echo redis azurite silo-1 silo-2 silo-3 gateway-1 gateway-2; }

up() {
  mkdir -p "$run" "$log" "$folder/redis" "$folder/azurite" "$folder/keys"
  chmod 700 "$folder"
  dotnet build "$root/silo" -c "$configuration" -v q --nologo >"$log/build.log" && dotnet build "$root/gateway" -c "$configuration" -v q --nologo >>"$log/build.log" ||
    fail "The server cannot be built:" "$(tail -n 20 "$log/build.log")"
  if [ ! -d "$root/tests/peers/node_modules/azurite" ]; then
    (cd "$root/tests/peers" && npm ci --no-audit --no-fund) >"$log/npm.log" 2>&1 || fail "Azurite cannot be fetched:" "$(tail -n 20 "$log/npm.log")"
  fi

  if [ "${VAULT_REDIS:-}" != garnet ] && command -v redis-server >/dev/null; then
    start redis redis-server --bind 127.0.0.1 --port $redis --dir "$folder/redis" --appendonly yes
  else
    dotnet build "$root/deploy/redis" -c "$configuration" -v q --nologo >>"$log/build.log" || fail "Garnet cannot be built; see $log/build.log"
    start redis dotnet "$root/deploy/redis/bin/$configuration/net10.0/Vault.LocalRedis.dll" --bind 127.0.0.1 --port $redis \
      --checkpointdir "$folder/redis" --aof --recover --device-type RandomAccess
  fi
  start azurite node "$root/tests/peers/node_modules/azurite/dist/src/blob/main.js" --blobHost 127.0.0.1 --blobPort $azurite \
    --location "$folder/azurite" --silent --disableTelemetry
  await redis listens $redis
  await azurite listens $azurite

  # The emulator's published account; it guards nothing.
  (umask 077 && echo "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:$azurite/devstoreaccount1;" >"$folder/keys/azurite")
  if [ ! -f "$folder/keys/silo.key" ]; then
    dotnet "$root/silo/bin/$configuration/net10.0/Vault.Silo.dll" admin keys make "$folder/keys" >"$log/keys.log" 2>&1 ||
      fail "The key files cannot be made:" "$(tail -n 5 "$log/keys.log")"
  fi

  local storage=(--content "file:$folder/keys/azurite" --Vault:Storage:Create true)
  local number port
  for number in 1 2 3; do
    port=$((first + 3 * number))
    start silo-$number dotnet "$root/silo/bin/$configuration/net10.0/Vault.Silo.dll" --role silo --keys "$folder/keys/silo.key" \
      --data "$folder/silo-$number" --state "file:$folder/keys/azurite" "${storage[@]}" --redis 127.0.0.1:$redis \
      --silo-port $port --gateway-port $((port + 1)) --ops 127.0.0.1:$((port + 2))
    [ $number -gt 1 ] || await silo-1 ready $((port + 2)) # it makes the containers
  done
  for number in 1 2 3; do
    await silo-$number ready $((first + 3 * number + 2))
  done
  for number in 1 2; do
    port=$((first + 12 + 2 * number))
    start gateway-$number dotnet "$root/gateway/bin/$configuration/net10.0/Vault.Gateway.dll" --keys "$folder/keys/gateway.key" \
      "${storage[@]}" --redis 127.0.0.1:$redis --listen 127.0.0.1:$port --ops 127.0.0.1:$((port + 1))
  done
  for number in 1 2; do
    await gateway-$number ready $((first + 12 + 2 * number + 1))
  done

  echo "The cluster is ready; everything it has is in $folder"
  echo "Dashboard     http://127.0.0.1:$((first + 5))/dashboard/"
  grep -h '^Server key' "$log/gateway-1.log"
  echo "Connect-Vault -Server 127.0.0.1:$((first + 14)),127.0.0.1:$((first + 16))"
}

stop() {
  local pid end
  running "$1" || return 0
  pid=$(cut -d' ' -f1 "$run/$1")
  kill -TERM "$pid"
  end=$((SECONDS + 20))
  while running "$1"; do
    [ $SECONDS -lt $end ] || { echo "$1 does not end; it is killed" >&2; kill -KILL "$pid"; end=$((SECONDS + 20)); }
    sleep 0.2
  done
}

# Gateways first, so that nobody asks silos that are gone; storage last.
down() {
  local name
  for name in $(names | tr ' ' '\n' | tac); do
    if running "$name"; then
      stop "$name"
      echo "$name stopped"
    fi
    rm -f "$run/$name"
  done
}

status() {
  local name port state=0
  for name in $(names); do
    case $name in
      redis) port=$redis ;; azurite) port=$azurite ;;
      silo-*) port=$((first + 3 * ${name#silo-} + 2)) ;; *) port=$((first + 12 + 2 * ${name#gateway-} + 1)) ;;
    esac
    if ! running "$name"; then
      echo "$name does not run"
      state=1
    elif case $name in redis | azurite) listens $port ;; *) ready $port ;; esac then
      echo "$name is ready"
    else
      echo "$name is not ready; see $log/$name.log"
      state=1
    fi
  done
  return $state
}

$command
