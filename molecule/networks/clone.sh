# shellcheck shell=bash
# Runs in a clone: its machine id, and the address that the bond's DHCP server gave it.
cat /etc/machine-id
for _ in {1..60}; do
    if ip -4 -oneline address show | grep -oE '192\.0\.2\.[0-9]+/24' | cut -d/ -f1; then
        exit
    fi
    sleep 1
done
echo "no address of 192.0.2.0/24 after a minute"
