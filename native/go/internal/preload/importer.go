package preload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/diff"
	"github.com/containerd/containerd/v2/core/diff/apply"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/mount"
	"github.com/containerd/containerd/v2/pkg/rootfs"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/opencontainers/image-spec/identity"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	// The annotations of a manifest in the layout's index: the image's full name, and whether the
	// kubelet's image collection must leave it alone.
	annotationName   = "io.containerd.image.name"
	annotationPinned = "dev.vessel.pinned"

	labelManaged     = "io.cri-containerd.image"
	labelPinned      = "io.cri-containerd.pinned"
	labelGCConfig    = "containerd.io/gc.ref.content.config"
	labelGCSnapshots = "containerd.io/gc.ref.snapshot." + snapshotter
)

// Import puts every image of the OCI layout into the containerd root, one after the other, and then
// rewrites the databases so that they hold no time but epoch.
//
// A layer goes from the layout straight into its snapshot; its archive is not kept. The daemon runs
// such images (it is what its option discard_unpacked_layers leaves) but cannot export them.
func Import(ctx context.Context, root, layout string, platform ocispec.Platform, epoch time.Time) error {
	ctx = within(ctx)
	if err := fill(ctx, root, layout, platform); err != nil {
		return err
	}
	return clamp(root, epoch)
}

func fill(ctx context.Context, root, layout string, platform ocispec.Platform) (err error) {
	index, err := readIndex(layout)
	if err != nil {
		return err
	}
	// An OCI layout is a local content store: both keep blobs/<algorithm>/<digest>.
	source, err := local.NewStore(layout)
	if err != nil {
		return err
	}
	target, err := open(ctx, root, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.close()) }()

	importer := importer{source, target, platforms.Only(platform), direct{apply.NewFileSystemApplier(source)}}
	for _, descriptor := range index.Manifests {
		if err := importer.add(ctx, descriptor); err != nil {
			return fmt.Errorf("%s: %w", descriptor.Annotations[annotationName], err)
		}
	}
	return nil
}

func readIndex(layout string) (ocispec.Index, error) {
	var index ocispec.Index
	data, err := os.ReadFile(filepath.Join(layout, ocispec.ImageIndexFile))
	if err != nil {
		return index, err
	}
	if err := json.Unmarshal(data, &index); err != nil {
		return index, fmt.Errorf("%s: %w", layout, err)
	}
	return index, nil
}

type importer struct {
	source   content.Store
	target   *store
	platform platforms.MatchComparer
	applier  diff.Applier
}

// add imports the image of one manifest.
func (i importer) add(ctx context.Context, descriptor ocispec.Descriptor) error {
	name := descriptor.Annotations[annotationName]
	if name == "" {
		return fmt.Errorf("manifest %s has no annotation %s", descriptor.Digest, annotationName)
	}
	data, err := content.ReadBlob(ctx, i.source, descriptor)
	if err != nil {
		return err
	}
	var manifest ocispec.Manifest
	if err := json.Unmarshal(data, &manifest); err != nil {
		return err
	}
	config, err := content.ReadBlob(ctx, i.source, manifest.Config)
	if err != nil {
		return err
	}
	var image ocispec.Image
	if err := json.Unmarshal(config, &image); err != nil {
		return err
	}
	if !i.platform.Match(image.Platform) {
		return fmt.Errorf("the image is for %s", platforms.Format(image.Platform))
	}
	if err := i.unpack(ctx, manifest, image); err != nil {
		return err
	}
	// These labels are what the daemon's garbage collector follows: image, manifest, config, snapshot.
	chain := identity.ChainID(image.RootFS.DiffIDs).String()
	if err := i.write(ctx, manifest.Config, config, labelGCSnapshots, chain); err != nil {
		return err
	}
	if err := i.write(ctx, descriptor, data, labelGCConfig, manifest.Config.Digest.String()); err != nil {
		return err
	}
	return i.record(ctx, name, descriptor, manifest.Config)
}

func (i importer) unpack(ctx context.Context, manifest ocispec.Manifest, image ocispec.Image) error {
	if len(manifest.Layers) == 0 || len(manifest.Layers) != len(image.RootFS.DiffIDs) {
		return fmt.Errorf("%d layers, %d diff ids", len(manifest.Layers), len(image.RootFS.DiffIDs))
	}
	layers := make([]rootfs.Layer, 0, len(manifest.Layers))
	for n, blob := range manifest.Layers {
		plain := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageLayer, Digest: image.RootFS.DiffIDs[n]}
		layers = append(layers, rootfs.Layer{Diff: plain, Blob: blob})
	}
	_, err := rootfs.ApplyLayers(ctx, layers, i.target.snapshots(), i.applier)
	return err
}

// write keeps one small blob with one label; the store verifies size and digest.
func (i importer) write(ctx context.Context, blob ocispec.Descriptor, data []byte, key, value string) error {
	labels := content.WithLabels(map[string]string{key: value})
	// The content store must not see the index's annotations: they are not part of the blob.
	plain := ocispec.Descriptor{MediaType: blob.MediaType, Digest: blob.Digest, Size: blob.Size}
	return content.WriteBlob(ctx, i.target.content(), "preload-"+blob.Digest.String(), bytes.NewReader(data), plain, labels)
}

// record names the image, and its id beside it as the CRI plugin does after a pull.
func (i importer) record(ctx context.Context, name string, manifest, config ocispec.Descriptor) error {
	labels := map[string]string{labelManaged: "managed"}
	if manifest.Annotations[annotationPinned] == "true" {
		labels[labelPinned] = "pinned"
	}
	target := ocispec.Descriptor{MediaType: manifest.MediaType, Digest: manifest.Digest, Size: manifest.Size}
	for _, reference := range []string{name, config.Digest.String()} {
		image := images.Image{Name: reference, Target: target, Labels: labels}
		_, err := i.target.images().Create(ctx, image)
		if errdefs.IsAlreadyExists(err) && reference != name {
			continue // the same image under a second name
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// direct applies a layer by writing into the snapshot's directory instead of through a mount, so
// that no mount is made on the builder. A first layer is offered as a bind mount; as an overlay
// without lower directories the applier takes the directory from the options.
type direct struct{ diff.Applier }

func (d direct) Apply(
	ctx context.Context, layer ocispec.Descriptor, mounts []mount.Mount, options ...diff.ApplyOpt,
) (ocispec.Descriptor, error) {
	if len(mounts) == 1 && mounts[0].Type == "bind" {
		upper := "upperdir=" + mounts[0].Source
		mounts = []mount.Mount{{Type: "overlay", Source: "overlay", Options: []string{upper}}}
	}
	return d.Applier.Apply(ctx, layer, mounts, options...)
}
