# shellcheck shell=bash
# Runs in the guest after ../shared/look.sh: every shape of vars.yml, as the kernel has it.

addresses() { # addresses FAMILY CARD
    ip "-$1" -oneline address show dev "$2" scope global | awk '{ print $4 }'
}

pattern() { # pattern DRIVER: the card of that driver which kept the name that udev gave it
    local card
    for card in /sys/class/net/en*; do
        if [ "$(basename "$(readlink "$card/device/driver")")" = "$1" ]; then
            basename "$card"
        fi
    done
}

members() { tr ' ' '\n' <"/sys/class/net/$1/bonding/slaves" | sort | paste -sd ' '; }
bridge_of() { basename "$(readlink "/sys/class/net/$1/master")"; }
cloud_init() { cloud-init status --long | sed -n 's/^extended_status: //p'; }

dual=$(pattern vmxnet3)
rest=$(pattern virtio_net)

is "static address" 10.0.2.15/24 addresses 4 eth0
holds "route to: default" '^default via 10.0.2.2 dev eth0 proto static metric 50' ip -4 route
is "size of packets" 1400 cat /sys/class/net/eth0/mtu
holds "name server" ': 192.0.2.53$' resolvectl dns eth0
holds "search domain" ': example.com$' resolvectl domain eth0
is "dual stack by driver: IPv4" 10.0.3.15/24 addresses 4 "$dual"
holds "dual stack: IPv6" '^fd00:3::?[0-9a-f:]+/64$' addresses 6 "$dual"
holds "dual stack: its route of IPv6" "^default via fe80::2 dev $dual proto ra" ip -6 route
holds "by pattern, router advertisement" '^fd00:4::?[0-9a-f:]+/64$' addresses 6 "$rest"
holds "router advertisement: its route" "^default via fe80::2 dev $rest proto ra" ip -6 route
is "forwarding of IPv6" 1 sysctl -n net.ipv6.conf.all.forwarding
is "forwarding of IPv6, its card" 1 sysctl -n "net.ipv6.conf.$rest.forwarding"
is "bond: members" "member1 member2" members bond0
holds "bond: parameters" '^active-backup' cat /sys/class/net/bond0/bonding/mode
is "bond: address" 192.0.2.1/24 addresses 4 bond0
holds "VLAN" 'vlan protocol 802.1Q id 100' ip -details link show dev bond0.100
is "VLAN: address" 198.51.100.1/24 addresses 4 bond0.100
is "VLAN: address of IPv6" fd00:100::1/64 addresses 6 bond0.100
holds "VLAN: route" '^203.0.113.0/24 via 198.51.100.254 dev bond0.100' ip -4 route
holds "VLAN: route of IPv6" '^fd00:200::/64 via fd00:100::fe dev bond0.100' ip -6 route
is "bridge: its card" bridge0 bridge_of port
is "bridge: address" 10.9.0.1/24 addresses 4 bridge0
is "nobody else reads it" 600 stat -c %a /etc/netplan/50-cloud-init.yaml
is "cloud-init had no trouble" "done" cloud_init
told
