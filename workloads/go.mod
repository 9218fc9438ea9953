module vessel.dev/workloads

go 1.24
