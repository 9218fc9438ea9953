# A profile that a pod can ask for: everything but writing below /etc.
profile example flags=(attach_disconnected) {
  capability,
  network,
  file,
  deny /etc/** w,
}
