// Command govmomi takes an OVA as VMware's clients do: it makes a config spec of its descriptor,
// as a Supervisor does, and imports it into a simulated vCenter, once as a machine and once into a
// content library. What came of it is printed as JSON. Its words are the OVA, and `all` or `spec`.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"slices"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/ovf/importer"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/rest"
	_ "github.com/vmware/govmomi/vapi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// Machine is what a config spec or a machine has, as the OVA says it.
type Machine struct {
	Processors int32
	Memory     int64
	Version    string
	Firmware   string
	Guest      string
	Annotation string
	Extra      map[string]string
	Properties map[string]string
	Devices    []string
	// Bytes of each disk.
	Disks []int64
}

// Found is all that came of an OVA.
type Found struct {
	Spec     Machine
	Imported Machine
	// The names of its files.
	Library []string
}

func main() {
	archive := &importer.TapeArchive{Path: os.Args[1]}
	var found Found
	text, err := importer.ReadOvf("*.ovf", archive)
	check(err)
	envelope, err := importer.ReadEnvelope(text)
	check(err)
	spec, err := envelope.ToConfigSpec()
	check(err)
	found.Spec = ofSpec(spec)
	if os.Args[2] == "spec" {
		check(json.NewEncoder(os.Stdout).Encode(found))
		return
	}
	check(simulator.VPX().Run(func(ctx context.Context, client *vim25.Client) error {
		found.Imported = imported(ctx, client, archive)
		found.Library = inLibrary(ctx, client, archive, envelope.References[0].Href)
		return nil
	}))
	check(json.NewEncoder(os.Stdout).Encode(found))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func imported(ctx context.Context, client *vim25.Client, archive importer.Archive) Machine {
	finder := find.NewFinder(client)
	center, err := finder.DefaultDatacenter(ctx)
	check(err)
	finder.SetDatacenter(center)
	store, err := finder.DefaultDatastore(ctx)
	check(err)
	pool, err := finder.ResourcePool(ctx, "DC0_C0/Resources")
	check(err)
	folders, err := center.Folders(ctx)
	check(err)
	into := importer.Importer{
		Client: client, Finder: finder, Datacenter: center, Datastore: store, ResourcePool: pool,
		Folder: folders.VmFolder, Archive: archive,
		Log: func(string) (int, error) { return 0, nil },
	}
	reference, err := into.Import(ctx, "*.ovf", importer.Options{})
	check(err)
	var machine mo.VirtualMachine
	collector := property.DefaultCollector(client)
	check(collector.RetrieveOne(ctx, *reference, []string{"config"}, &machine))
	return ofInfo(machine.Config)
}

func inLibrary(
	ctx context.Context, client *vim25.Client, archive importer.Archive, disk string,
) []string {
	session := rest.NewClient(client)
	check(session.Login(ctx, simulator.DefaultLogin))
	manager := library.NewManager(session)
	finder := find.NewFinder(client)
	store, err := finder.DefaultDatastore(ctx)
	check(err)
	of, err := manager.CreateLibrary(ctx, library.Library{
		Name: "nodes", Type: "LOCAL",
		Storage: []library.StorageBacking{{DatastoreID: store.Reference().Value, Type: "DATASTORE"}},
	})
	check(err)
	item, err := manager.CreateLibraryItem(ctx, library.Item{
		Name: "node", Type: library.ItemTypeOVF, LibraryID: of,
	})
	check(err)
	update, err := manager.CreateLibraryItemUpdateSession(ctx, library.Session{LibraryItemID: item})
	check(err)
	sums, _, err := archive.Open("*.mf")
	check(err)
	manifest, err := library.ReadManifest(sums)
	check(err)
	for _, pattern := range []string{"*.ovf", disk} {
		upload(ctx, session, manager, update, archive, pattern, manifest)
	}
	check(manager.CompleteLibraryItemUpdateSession(ctx, update))
	files, err := manager.ListLibraryItemFiles(ctx, item)
	check(err)
	var names []string
	for _, file := range files {
		names = append(names, file.Name)
	}
	slices.Sort(names)
	return names
}

func upload(
	ctx context.Context, session *rest.Client, manager *library.Manager, update string,
	archive importer.Archive, pattern string, manifest map[string]*library.Checksum,
) {
	data, size, err := archive.Open(pattern)
	check(err)
	defer data.Close()
	name := data.(*importer.TapeArchiveEntry).Name
	if manifest[name] == nil {
		log.Fatalf("the manifest has no %s", name)
	}
	told, err := manager.AddLibraryItemFile(ctx, update, library.UpdateFile{
		Name: name, SourceType: "PUSH", Checksum: manifest[name], Size: size,
	})
	check(err)
	place, err := url.Parse(told.UploadEndpoint.URI)
	check(err)
	parameters := soap.DefaultUpload
	parameters.ContentLength = size
	check(session.Upload(ctx, io.LimitReader(data, size), place, &parameters))
}

func ofSpec(spec types.VirtualMachineConfigSpec) Machine {
	var devices []types.BaseVirtualDevice
	for _, each := range spec.DeviceChange {
		devices = append(devices, each.GetVirtualDeviceConfigSpec().Device)
	}
	properties := map[string]string{}
	if spec.VAppConfig != nil {
		for _, each := range spec.VAppConfig.GetVmConfigSpec().Property {
			properties[each.Info.Id] = value(each.Info)
		}
	}
	return machine(
		Machine{
			Processors: spec.NumCPUs, Memory: spec.MemoryMB, Version: spec.Version,
			Firmware: spec.Firmware, Guest: spec.GuestId, Annotation: spec.Annotation,
			Properties: properties,
		}, spec.ExtraConfig, devices)
}

func ofInfo(info *types.VirtualMachineConfigInfo) Machine {
	properties := map[string]string{}
	if info.VAppConfig != nil {
		for _, each := range info.VAppConfig.GetVmConfigInfo().Property {
			properties[each.Id] = value(&each)
		}
	}
	return machine(
		Machine{
			Processors: info.Hardware.NumCPU, Memory: int64(info.Hardware.MemoryMB),
			Version: info.Version, Firmware: info.Firmware, Guest: info.GuestId,
			Annotation: info.Annotation, Properties: properties,
		}, info.ExtraConfig, info.Hardware.Device)
}

func value(property *types.VAppPropertyInfo) string {
	if property.Value != "" {
		return property.Value
	}
	return property.DefaultValue
}

func machine(
	found Machine, extra []types.BaseOptionValue, devices []types.BaseVirtualDevice,
) Machine {
	found.Extra = map[string]string{}
	for _, each := range extra {
		option := each.GetOptionValue()
		found.Extra[option.Key] = fmt.Sprint(option.Value)
	}
	for _, each := range devices {
		found.Devices = append(found.Devices, fmt.Sprintf("%T", each))
		if disk, is := each.(*types.VirtualDisk); is {
			found.Disks = append(found.Disks, max(disk.CapacityInBytes, disk.CapacityInKB<<10))
		}
	}
	return found
}
