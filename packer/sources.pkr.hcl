# No machine is started: the image is made in a sandbox on this host, see build.sh.
source "null" "tree" {
  communicator = "none"
}
