# shellcheck shell=bash
# Runs in the booted machine after ../shared/look.sh: each line says what spec.yml brought and how it
# is seen there.
# shellcheck disable=SC2016 # dpkg-query's own variable
is packages "install ok installed" dpkg-query -W -f '${Status}' tree
is "package of a repository" "from the repository" cat /usr/share/vessel-example/hello
is "package of a flat repository" "from the repository" cat /usr/share/vessel-flat/hello
holds "flat repository" '^Suites: \./$' cat /etc/apt/sources.list.d/vessel.sources
holds repositories 'Signed-By: /etc/apt/keyrings/example.asc' cat /etc/apt/sources.list.d/vessel.sources
holds "key of a repository" 'BEGIN PGP PUBLIC KEY' cat /etc/apt/keyrings/example.asc
is "file by content" "Welcome to {{ not a template }}." cat /etc/motd
is "mode and group of a file" "640 root:adm" stat -c '%a %U:%G' /etc/example/secret
is "file by source" "a.b" sh -c 'tr "\\0" . </etc/example/logo'
holds "AppArmor profile" '^example .enforce.$' cat /sys/kernel/security/apparmor/profiles
is "directory by source" "text" cat /opt/site/README
is "link in it" "text" cat /opt/site/latest
holds "file where sealing cleans" 'Acquire::http::Timeout "7";' apt-config dump
is "executable in it" "site" /opt/site/bin/site
holds "file that the initial RAM disk takes along" 'etc/modprobe.d/example.conf$' sh -c 'lsinitramfs /boot/initrd.img-*'
is directories "2775 root:staff" stat -c '%a %U:%G' /srv/data
is executables "fetched" /usr/local/bin/tool
is "released shim" "released" containerd-shim-wasmtime-v1
holds "released plug-in" 'no real plug-in' cat /usr/local/lib/wasmedge/libwasmedgePluginWasiNN.so
is "role before" "before" cat /etc/example-before
is "role after" "regular file" cat /etc/example-after
is "unit enabled" "active" systemctl is-active example.service
is "unit disabled" "disabled" systemctl is-enabled systemd-timesyncd.service
is "unit masked" "masked" systemctl is-enabled fstrim.timer
is sysctls "262144" sysctl -n vm.max_map_count
is sysctls "4096" sysctl -n net.core.somaxconn
is "sysctls of a module" "524288" sysctl -n net.netfilter.nf_conntrack_max
holds "kernel modules" '^dummy ' lsmod
holds "kernel arguments" 'vessel.example=1 mitigations=auto' cat /proc/cmdline
is certificates "/etc/ssl/certs/made-ca.pem: OK" openssl verify -CApath /etc/ssl/certs /etc/ssl/certs/made-ca.pem
holds "proxy of the kubelet" 'HTTPS_PROXY=http://proxy.example.com:3128' systemctl show -p Environment kubelet.service
holds "proxy of containerd" 'no_proxy=localhost,127.0.0.1,10.0.0.0/8' systemctl show -p Environment containerd.service
holds "proxy of apt" 'Acquire::http::Proxy "http://proxy.example.com:3128";' apt-config dump
holds "proxy of log-ins" '^https_proxy=http://proxy.example.com:3128' su --login --shell /bin/sh nobody -c env
holds images '^registry.example.com/app:1.0 ' ctr --namespace k8s.io images ls
is hosts "192.0.2.10      registry.example.com registry" getent hosts registry
holds "time servers" '^NTP=time.example.com' cat /etc/systemd/timesyncd.conf.d/95-customize.conf
is "cloud-init's defaults over the image's" "/etc/ssh/ssh_host_ed25519_key" sh -c 'ls /etc/ssh/ssh_host_*_key'
holds "data sources, as ds-identify reads them" '^DSLIST=NoCloud None$' cat /run/cloud-init/ds-identify.log
holds "cloud-init's defaults" 'customized' journalctl -b --no-pager -t cloud-init
# goss exits with zero if every row is green; verify.yml exports the versions that it demands.
is "what image-builder's goss suite looks at" green sh -c 'said=$(goss --gossfile /etc/goss/goss.yaml validate --max-concurrent 2 --format tap 2>&1) && echo green || echo "$said" | grep -v "^ok "'
told
