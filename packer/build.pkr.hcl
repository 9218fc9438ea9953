# One machine image from one spec. Valid on Packer 1.6.6 and newer.
build {
  sources = ["source.null.tree"]

  provisioner "shell-local" {
    environment_vars = [
      "VESSEL_ROOT=${local.root}",
      "VESSEL_SPEC=${var.spec}",
      "VESSEL_PLAN_ID=${var.plan_id}",
      "VESSEL_OUTPUT=${var.output}",
    ]
    # quoted, because the path of the temporary script may hold a blank
    execute_command = ["/bin/sh", "-c", "{{.Vars}} exec /bin/sh '{{.Script}}'"]
    inline          = ["exec /bin/sh \"$VESSEL_ROOT/packer/build.sh\""]
  }
}
