# shellcheck shell=bash
# Runs in the booted machine after ../shared/look.sh: each line says what vars.yml gave it and how it
# is seen there.
is "cloud-init's own verdict" "status: done" cloud-init status
# shellcheck disable=SC2016 # dpkg-query's own variable
is packages "install ok installed" dpkg-query -W -f '${Status}' vessel-given
is "package's file" "packaged" cat /usr/share/given/package
is "time zone" /usr/share/zoneinfo/US/Eastern readlink /etc/localtime
is "its hours" EST date --date 2026-01-01 +%Z
holds ntp 'NTP=time.example.com' cat /etc/systemd/timesyncd.conf.d/cloud-init.conf
is "write_files, plain and appended" $'plain\nappended' cat /etc/given/plain
is "write_files, base64" b64 cat /etc/given/b64
is "write_files, gz+b64" compressed cat /etc/given/gz-b64
is "write_files, gzip+base64" compressed cat /etc/given/gzip-base64
is "write_files, deferred" "640 ops:adm" stat -c '%a %U:%G' /etc/given/deferred
is bootcmd bootcmd cat /run/bootcmd
is runcmd runcmd cat /run/runcmd
is disk_setup gpt lsblk -dno PTTYPE /dev/vdc
is "disk_setup, MBR" dos lsblk -dno PTTYPE /dev/vdd
is "fs_setup, ext3" ext3 lsblk -no FSTYPE /dev/vdd1
is "fs_setup, xfs" "xfs /srv/data" findmnt -no FSTYPE,TARGET /srv/data
is "fs_setup, ext4" "ext4 /srv/more" findmnt -no FSTYPE,TARGET /srv/more
holds swap '^/swapfile ' cat /proc/swaps
is ca_certs "/usr/local/share/ca-certificates/cloud-init-ca-cert-1.crt: OK" \
    openssl verify -CApath /etc/ssl/certs /usr/local/share/ca-certificates/cloud-init-ca-cert-1.crt
holds "key of a user" nobody@example.com cat /home/ops/.ssh/authorized_keys
holds "key of the metadata" nobody@example.com cat /home/debian/.ssh/authorized_keys
holds groups '\badm\b' id -nG ops
is sudo root sudo -u ops sudo -n whoami
# The password is for the console; SSH still takes keys only.
holds chpasswd '^ops:\$' grep ^ops: /etc/shadow
over_ssh() { # ssh ends its lines as terminals want it
    ssh -o LogLevel=ERROR -o BatchMode=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null ops@127.0.0.1 true 2>&1 | tr -d '\r'
}
is "no password over SSH" "ops@127.0.0.1: Permission denied (publickey)." over_ssh
told
