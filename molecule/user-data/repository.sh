# shellcheck shell=sh
# Makes /run/repository, a flat package repository with one package, of what the machine has.
set -e
mkdir -p /run/package/DEBIAN /run/package/usr/share/given /run/repository
echo packaged >/run/package/usr/share/given/package
printf '%s\n' 'Package: vessel-given' 'Version: 1' 'Architecture: all' \
    'Maintainer: Nobody <nobody@example.com>' 'Description: of a test' >/run/package/DEBIAN/control
dpkg-deb --root-owner-group --build /run/package /run/repository/vessel-given.deb
cd /run/repository
{
    cat /run/package/DEBIAN/control
    echo 'Filename: ./vessel-given.deb'
    echo "Size: $(stat -c %s vessel-given.deb)"
    echo "SHA256: $(sha256sum vessel-given.deb | cut -d ' ' -f 1)"
} >Packages
