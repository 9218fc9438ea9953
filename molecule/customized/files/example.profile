abi <abi/4.0>,
include <tunables/global>

profile example flags=(attach_disconnected) {
  include <abstractions/base>
  file,
  deny /etc/** w,
}
