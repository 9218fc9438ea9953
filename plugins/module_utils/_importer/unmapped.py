"""The keys of image-builder's variables that go nowhere, and why."""

from __future__ import annotations

from dataclasses import dataclass

from .draft import Kind


@dataclass(frozen=True, slots=True)
class Unmapped:
    """Keys that go nowhere, and why."""

    kind: Kind
    reason: str
    keys: tuple[str, ...]


def _not(kind: Kind, reason: str, keys: str) -> Unmapped:
    return Unmapped(kind, reason, tuple(keys.split()))


UNMAPPED = (
    _not(
        Kind.NOT_NEEDED,
        "each program is built from the project's own source, or is Debian's; the lock names it by"
        " digest",
        "cni_source_type containerd_baseurl containerd_filename containerd_runc_checksum_url"
        " containerd_runc_url containerd_service_url containerd_sha256 containerd_sha256_windows"
        " containerd_url crictl_arch crictl_baseurl crictl_filename crictl_source_type crictl_url"
        " crictl_version kubernetes_bins kubernetes_cni_deb_version kubernetes_cni_http_checksum"
        " kubernetes_cni_http_source kubernetes_cni_rpm_version kubernetes_cni_semver"
        " kubernetes_cni_source_type kubernetes_deb_gpg_key kubernetes_deb_repo"
        " kubernetes_http_source kubernetes_rpm_gpg_check kubernetes_rpm_gpg_key"
        " kubernetes_rpm_repo kubernetes_rpm_repo_arch kubernetes_source_type runc_url"
        " runc_version",
    ),
    _not(
        Kind.NOT_NEEDED,
        "`preload.control_plane` has all images that kubeadm names, under the names that it uses;"
        " of another registry bring archives by `customize.images`",
        "kubeadm_template kubernetes_additional_imgs kubernetes_apiserver_port"
        " kubernetes_container_registry kubernetes_imgs kubernetes_load_additional_imgs"
        " kubernetes_primary_imgs pause_image",
    ),
    _not(
        Kind.NOT_NEEDED,
        "no machine is installed or reached while an image is made",
        "accelerator ansible_collections_path ansible_common_ssh_args ansible_common_vars"
        " ansible_env_vars ansible_extra_vars ansible_scp_extra_args ansible_timeout"
        " autoinstall_profile boot_command boot_command_prefix boot_command_suffix"
        " boot_disable_ipv6 boot_media_path boot_wait cd_content_location cd_files cd_label"
        " cdrom_adapter_type cdrom_interface cdrom_type channel_name cpu_model"
        " defer_ssh_cleanup_to_packer disk_image existing_ansible_ssh_args floppy_dirs headless"
        " hostname http_directory http_interface http_ip http_port_max http_port_min"
        " ip_settle_timeout ip_wait_timeout iso_checksum iso_checksum_type iso_target_path iso_url"
        " machine_type node_ansible_tmpdir packer_builder_type partitions"
        " pause_before_connecting postinstall python_path qemu_binary release_version"
        " remove_nameserver shutdown_command skip_compaction source_path ssh_handshake_attempts"
        " ssh_proxy_host ssh_proxy_port ssh_timeout unmount_iso vnc_bind_address"
        " vnc_disable_password vnc_port_max vnc_port_min",
    ),
    _not(
        Kind.NOT_NEEDED,
        "no user is made for a build, and an image has none; user data make them",
        "ssh_keypair_name ssh_source_url ssh_username user_data user_data_file",
    ),
    _not(
        Kind.NOT_NEEDED,
        "files are named after the spec: `output/NAME/…`",
        "artifact_name base_build_version base_output_dir build_name build_timestamp build_version"
        " custom_role distribution_version distro_version distro_version_slug ib_commit ib_version"
        " image_name manifest_output os_display_name output_dir output_directory vm_name",
    ),
    _not(
        Kind.NOT_NEEDED,
        "the image boots by BIOS and UEFI, with the drivers of all these devices",
        "disk_controller_type disk_interface efi_boot efi_firmware_code efi_firmware_vars"
        " network_card",
    ),
    _not(
        Kind.NOT_NEEDED,
        "the root file system grows to the disk that the machine has",
        "disk disk_size disk_size_gb immutable_root_partition_size os_disk_size_gb volume_size",
    ),
    _not(
        Kind.NOT_NEEDED,
        "the image is as small as what is in it, and qcow2 is compressed",
        "disk_compression disk_discard disk_thin_provisioned disk_type_id enable_disk_packing",
    ),
    _not(
        Kind.NOT_NEEDED,
        "Debian's archive comes from the mirror of the host that locks; it is not in the image",
        "disable_public_repos reenable_public_repos ubuntu_repo ubuntu_security_repo",
    ),
    _not(
        Kind.NOT_NEEDED,
        "the node has no such file of netplan's, nor a machine ID, when it is made",
        "machine_id_mode netplan_removal_excludes",
    ),
    _not(
        Kind.NOT_NEEDED,
        "`molecule test` proves the booted image; a suite of yours comes into it by"
        " `customize.files`, goss by `customize.packages`",
        "goss_arch goss_download_path goss_entry_file goss_format goss_format_options"
        " goss_inspect_mode goss_remote_folder goss_remote_path goss_retry_timeout"
        " goss_skip_install goss_sleep goss_tests_dir goss_url goss_vars_file goss_version",
    ),
    _not(
        Kind.NOT_NEEDED,
        "cloud-init itself has VMware's datasource",
        "guestinfo_datasource_ref guestinfo_datasource_script guestinfo_datasource_slug",
    ),
    _not(
        Kind.NOT_NEEDED,
        "paths are those of the node: `/usr/local/bin`, `/opt/cni/bin`,"
        " `/run/containerd/containerd.sock`",
        "containerd_cri_socket external_binary_path kubernetes_install_path systemd_prefix"
        " sysusr_prefix sysusrlocal_prefix",
    ),
    _not(
        Kind.NOT_NEEDED,
        "a build needs no vCenter, ESXi host or hypervisor",
        "cluster convert_to_template create_snapshot datacenter datastore destroy export_manifest"
        " folder insecure_connection linked_clone network remote_datastore remote_host remote_type"
        " resource_pool template vcenter_server",
    ),
    _not(
        Kind.NOT_NEEDED,
        "the user of a vCenter or host that no build needs",
        "nutanix_username remote_username username",
    ),
    _not(
        Kind.NOT_NEEDED,
        "of the machine that builds, and there is none; what an OVA asks for is `machine`",
        "cpu cpu_cores cpus guest_os_type local_guest_os_type memory",
    ),
    _not(
        Kind.NOT_NEEDED,
        "an OVA says its own",
        "BUILD_DATE BUILD_TIMESTAMP CNI_VERSION CONTAINERD_VERSION DISTRO_ARCH DISTRO_NAME"
        " DISTRO_VERSION IMAGE_BUILDER_VERSION KUBERNETES_SEMVER KUBERNETES_SOURCE_TYPE",
    ),
    _not(
        Kind.LATER,
        "the engines are those of docs/runtimes.md: choose among them by `wasm.runtimes`",
        "containerd_wasm_shims_runtime_versions containerd_wasm_shims_runtimes"
        " containerd_wasm_shims_sha256 containerd_wasm_shims_url containerd_wasm_shims_version",
    ),
    _not(
        Kind.LATER,
        "gVisor is not built in; its programs may come by `customize.executables`, its handler by a"
        " file in `/etc/containerd/conf.d`",
        "containerd_gvisor_runtime containerd_gvisor_version",
    ),
    _not(
        Kind.LATER,
        "a whole configuration of containerd would replace the node's; bring what differs as a file"
        " in `/etc/containerd/conf.d`",
        "containerd_config_file",
    ),
    _not(
        Kind.LATER,
        "add `auditd` to `customize.packages`, and the rules by `customize.files`",
        "enable_containerd_audit",
    ),
    _not(
        Kind.LATER,
        "what is reserved for the system is a file in `/etc/kubernetes/kubelet.conf.d`, by"
        " `customize.files`",
        "kubernetes_enable_automatic_resource_sizing",
    ),
    _not(
        Kind.LATER,
        "the root file system is writable, on one partition",
        "immutable_data_partition immutable_data_partition_fstype immutable_data_partition_label"
        " immutable_data_partition_mount immutable_data_partition_mount_options"
        " immutable_persistent_paths immutable_read_only_root immutable_tmpfs_paths",
    ),
    _not(
        Kind.LATER,
        "drivers of graphics processors are not built in",
        "amd_usecase amd_version gpu_amd_usecase"
        " gpu_flatcar_nvidia_runtime_filename gpu_flatcar_nvidia_runtime_url"
        " gpu_flatcar_nvidia_sysext_name gpu_nvidia_ceph gpu_systemd_networkd_update_initramfs"
        " gpu_vendor nvidia_bucket nvidia_ceph nvidia_s3_url",
    ),
    _not(
        Kind.LATER,
        "their packages may come by `customize.repositories` and `customize.packages`",
        "multipathd_custom_conf_file_path security_install_falco security_install_trivy",
    ),
    _not(
        Kind.LATER,
        "fetch the object and bring it by `customize.files`; `customize.executables` takes URLs",
        "additional_s3 additional_s3_bucket additional_s3_ceph additional_s3_destination_path"
        " additional_s3_endpoint additional_s3_object",
    ),
    _not(
        Kind.LATER,
        "bring the provider by `customize.executables`, its configuration by `customize.files`, and"
        " its options by `/etc/default/kubelet`",
        "ecr_credential_provider ecr_credential_provider_arch ecr_credential_provider_aws_profile"
        " ecr_credential_provider_base_url ecr_credential_provider_binary_filename"
        " ecr_credential_provider_install_dir ecr_credential_provider_match_images"
        " ecr_credential_provider_os ecr_credential_provider_version",
    ),
    _not(
        Kind.LATER,
        "run it on `output/NAME` after the build",
        "custom_post_processor custom_post_processor_command kubevirt",
    ),
    _not(
        Kind.LATER,
        "bring such tools by `customize.packages`",
        "additional_debug_files debug_tools",
    ),
    _not(
        Kind.SECRET,
        "a secret has no place in a spec or an image; what needs it asks the environment",
        "access_key access_token additional_s3_access additional_s3_secret api_key apikey"
        " aws_access_key aws_secret_key aws_session_token capture_cos_access_key"
        " capture_cos_secret_key client_secret fingerprint key_file nutanix_password"
        " nvidia_s3_access nvidia_s3_secret opc_user_password password proxmox_token"
        " remote_password secret_key ssh_password ssh_private_key_file token"
        " windows_admin_password",
    ),
    _not(
        Kind.OTHER,
        "of RPM distributions; the node is Debian",
        "epel_rpm_gpg_key extra_rpms packages redhat_epel_rpm",
    ),
    _not(
        Kind.OTHER,
        "of Flatcar or Photon; the node is Debian",
        "disable_flatcar_usb flatcar_channel flatcar_disable_autologin flatcar_version"
        " leak_local_mdns_to_dns oem_id pypy_http_source sysprep_require_grub_file",
    ),
    _not(
        Kind.OTHER,
        "of Windows; the node is Debian",
        "additional_prepull_images cloudbase_init_url cloudbase_init_version"
        " cloudbase_logging_serial_port cloudbase_metadata_services"
        " cloudbase_metadata_services_unattend cloudbase_plugins cloudbase_plugins_unattend"
        " cloudbase_real_time_clock_utc containerd_sha256_windows_amd64 disable_hypervisor"
        " enable_auto_kubelet_service_restart gmsa_keyvault_url kubernetes_base_url"
        " kubernetes_http_package_url netbios_host_name_compatibility nssm_url os_iso_path"
        " os_iso_url prepull runtime unattend_timezone virtio_image_name vmtools_iso_path"
        " vmtools_iso_url windows_service_manager windows_updates_categories windows_updates_kbs"
        " wins_url wire_server_users",
    ),
    _not(
        Kind.OTHER,
        "of another cloud's builder; a build needs none",
        "account_id amazon_ssm_agent_rpm ami_description ami_filter_arch ami_filter_name"
        " ami_filter_owners ami_groups ami_regions ami_users arch associate_public_ip_address"
        " attach_config_drive availability_domain availability_zone aws_profile aws_region"
        " aws_security_group_ids azure_extra_vars azure_location base_image_ocid bios boot_type"
        " bridge build_resource_group_name builder_instance_type capture_cos_bucket"
        " capture_cos_region client_id cloud_environment_name commercial_type"
        " community_gallery_image_id compartment_ocid cores custom_data_file debug_ssh_public_key"
        " dhcp_network direct_shared_gallery_image_id disable_default_service_account disk_format"
        " disk_type distribution_release eip_bandwidth_size eip_type encrypted exclude_from_latest"
        " flavor floating_ip_network force_deregister global_permission hcloud_location"
        " iam_instance_profile image image_delete image_description image_disk_format image_export"
        " image_family image_filter_name image_offer image_publisher image_sku image_tags image_url"
        " image_version image_visibility instance_name"
        " instance_options_are_legacy_imds_endpoints_disabled io_thread iops iso_file"
        " iso_storage_pool key_pair_name kms_key_id managed_image_storage_account_type model mtu"
        " node numa nutanix_cluster_name nutanix_endpoint nutanix_insecure nutanix_port"
        " nutanix_subnet_name ocpus omi_name operating_system operating_system_version os"
        " os_version overwrite_existing owner oxide_boot_disk_image_id oxide_project oxide_subnet"
        " oxide_vpc plan plan_image_offer plan_image_publisher plan_image_sku pool"
        " private_virtual_network_with_public_ip project_id provisioner_remote_folder proxmox_url"
        " region replication_regions resource_group_name root_device_name root_volume_type"
        " scp_extra_vars scsi_controller security_groups server_type service_account_email"
        " service_instance_id shape shared_image_gallery_name sig_image_version size"
        " skip_create_ami skip_profile_validation snapshot_groups snapshot_name_suffix"
        " snapshot_users sockets source_ami source_cos_bucket source_cos_object source_cos_region"
        " source_image"
        " source_image_delete source_image_family source_image_force source_image_name"
        " source_sig_image_name source_sig_image_version source_sig_name"
        " source_sig_resource_group_name source_sig_subscription_id ssh_source_cidr"
        " storage_account_type storage_pool storage_pool_type subnet_id subnet_ocid subscription_id"
        " temporary_security_group_source_cidrs tenancy_ocid throughput use_azure_cli_auth"
        " use_blockstorage_volume use_floating_ip use_internal_ip use_private_ip user_ocid version"
        " virtual_network_name virtual_network_resource_group_name virtual_network_subnet_name"
        " vlan_tag vm_force_delete vm_size vm_type vmid volume_type vpc_id"
        " wait_image_ready_timeout zone",
    ),
)
