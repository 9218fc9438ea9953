variable "spec" {
  type        = string
  default     = "specs/wasm-node.yml"
  description = "The spec to build; a relative path starts at the root of the clone, or where Packer is called if there is none."

  validation {
    condition     = length(var.spec) > 0
    error_message = "The spec must be the path of a YAML file."
  }
}

variable "plan_id" {
  type        = string
  default     = ""
  description = "The id of a plan that is already locked and fetched; empty to lock, plan and fetch first."
}

variable "output" {
  type        = string
  default     = "output"
  description = "The directory for finished images; a relative path starts at the root of the clone, or where Packer is called if there is none."

  validation {
    condition     = length(var.output) > 0
    error_message = "The output must be the path of a directory."
  }
}

locals {
  root = abspath("${path.root}/..")
}
