package preload

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/diff"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/pkg/rootfs"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/errdefs"
	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/identity"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	// The annotations of a manifest in the layout's index: the image's full name, whether the
	// kubelet's image collection must leave it alone, and the digest of the index of several platforms
	// that it was chosen from.
	annotationName   = "io.containerd.image.name"
	annotationPinned = "dev.vessel.pinned"
	annotationIndex  = "dev.vessel.index"

	// What says that the file system of an image is for WebAssembly, whatever its platform; see
	// https://github.com/solo-io/wasm/blob/master/spec/spec-compat.md.
	annotationWasm = "module.wasm.image/variant"
	// The architecture of WebAssembly in an image's configuration; its operating system is wasi,
	// wasip1 or a later one.
	wasm = "wasm"

	labelManaged     = "io.cri-containerd.image"
	labelPinned      = "io.cri-containerd.pinned"
	labelGCConfig    = "containerd.io/gc.ref.content.config"
	labelGCLayer     = "containerd.io/gc.ref.content.l."
	labelGCManifest  = "containerd.io/gc.ref.content.m.0"
	labelGCSnapshots = "containerd.io/gc.ref.snapshot." + snapshotter
)

// Import puts every image of the OCI layout into the containerd root, one after the other, and then
// rewrites the databases so that they hold no time but epoch.
//
// A layer goes from the layout straight into its snapshot; its archive is not kept. The daemon runs
// such images (it is what its option discard_unpacked_layers leaves) but cannot export them. What has
// a layer that is no file system, as WebAssembly artifacts do, is kept as it is.
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

	importer := importer{source, target, platforms.Only(platform), direct{source}}
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
	// What the daemon's garbage collector follows from the configuration and from the manifest.
	ofConfig, ofManifest := map[string]string{}, map[string]string{labelGCConfig: manifest.Config.Digest.String()}
	if hasFileSystem(manifest) {
		chain, err := i.unpack(ctx, manifest, config)
		if err != nil {
			return err
		}
		ofConfig[labelGCSnapshots] = chain
	} else if err := i.keep(ctx, manifest.Layers, ofManifest); err != nil {
		return err
	}
	if err := i.write(ctx, manifest.Config, config, ofConfig); err != nil {
		return err
	}
	if err := i.write(ctx, descriptor, data, ofManifest); err != nil {
		return err
	}
	target, err := i.index(ctx, descriptor)
	if err != nil {
		return err
	}
	pinned := descriptor.Annotations[annotationPinned] == "true"
	return i.record(ctx, target, pinned, name, manifest.Config.Digest, descriptor.Digest, target.Digest)
}

// hasFileSystem says whether all layers of an image can be unpacked; those of an artifact cannot.
func hasFileSystem(manifest ocispec.Manifest) bool {
	for _, layer := range manifest.Layers {
		if !images.IsLayerType(layer.MediaType) {
			return false
		}
	}
	return true
}

// unpack puts the image's layers into snapshots; it returns the name of the last one. A file system
// for WebAssembly fits every machine.
func (i importer) unpack(ctx context.Context, manifest ocispec.Manifest, config []byte) (string, error) {
	var image ocispec.Image
	if err := json.Unmarshal(config, &image); err != nil {
		return "", err
	}
	_, forWasm := manifest.Annotations[annotationWasm]
	if forWasm = forWasm || image.Architecture == wasm; !forWasm && !i.platform.Match(image.Platform) {
		return "", fmt.Errorf("the image is for %s", platforms.Format(image.Platform))
	}
	diffs := image.RootFS.DiffIDs
	if len(manifest.Layers) == 0 || len(manifest.Layers) != len(diffs) {
		return "", fmt.Errorf("%d layers, %d diff ids", len(manifest.Layers), len(diffs))
	}
	layers := make([]rootfs.Layer, 0, len(diffs))
	for n, blob := range manifest.Layers {
		plain := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageLayer, Digest: diffs[n]}
		layers = append(layers, rootfs.Layer{Diff: plain, Blob: blob})
	}
	_, err := rootfs.ApplyLayers(ctx, layers, i.target.snapshots(), i.applier)
	return identity.ChainID(diffs).String(), err
}

// keep copies layers as they are; their labels go into those of the manifest.
func (i importer) keep(ctx context.Context, layers []ocispec.Descriptor, labels map[string]string) error {
	for n, layer := range layers {
		labels[labelGCLayer+strconv.Itoa(n)] = layer.Digest.String()
		reader, err := i.source.ReaderAt(ctx, layer)
		if err != nil {
			return err
		}
		err = i.copy(ctx, layer, content.NewReader(reader), nil)
		if err = errors.Join(err, reader.Close()); err != nil {
			return err
		}
	}
	return nil
}

// index keeps the index that the manifest was chosen from, if any; it returns what the image's names
// stand for then. Of such an index a node knows the digest, too.
func (i importer) index(ctx context.Context, manifest ocispec.Descriptor) (ocispec.Descriptor, error) {
	named := manifest.Annotations[annotationIndex]
	if named == "" {
		return manifest, nil
	}
	info, err := i.source.Info(ctx, digest.Digest(named))
	if err != nil {
		return manifest, err
	}
	index := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageIndex, Digest: info.Digest, Size: info.Size}
	data, err := content.ReadBlob(ctx, i.source, index)
	if err != nil {
		return manifest, err
	}
	var said ocispec.Index
	if err := json.Unmarshal(data, &said); err != nil {
		return manifest, err
	}
	if said.MediaType != "" {
		index.MediaType = said.MediaType
	}
	return index, i.write(ctx, index, data, map[string]string{labelGCManifest: manifest.Digest.String()})
}

// write keeps one small blob with its labels.
func (i importer) write(ctx context.Context, blob ocispec.Descriptor, data []byte, labels map[string]string) error {
	return i.copy(ctx, blob, bytes.NewReader(data), labels)
}

// copy keeps one blob; the store verifies size and digest.
func (i importer) copy(ctx context.Context, blob ocispec.Descriptor, data io.Reader, labels map[string]string) error {
	// The content store must not see the index's annotations: they are not part of the blob.
	plain := ocispec.Descriptor{MediaType: blob.MediaType, Digest: blob.Digest, Size: blob.Size}
	return content.WriteBlob(ctx, i.target.content(), "preload-"+blob.Digest.String(), data, plain, content.WithLabels(labels))
}

// record names the image, and beside it, as the CRI plugin does after a pull, its id and its digests.
func (i importer) record(
	ctx context.Context, target ocispec.Descriptor, pinned bool, name string, id digest.Digest, digests ...digest.Digest,
) error {
	labels := map[string]string{labelManaged: "managed"}
	if pinned {
		labels[labelPinned] = "pinned"
	}
	target = ocispec.Descriptor{MediaType: target.MediaType, Digest: target.Digest, Size: target.Size}
	references := []string{name, id.String()}
	for _, each := range digests {
		references = append(references, repository(name)+"@"+each.String())
	}
	for _, reference := range references {
		image := images.Image{Name: reference, Target: target, Labels: labels}
		_, err := i.target.images().Create(ctx, image)
		if errdefs.IsAlreadyExists(err) && reference != name {
			// The same image under a second name. What is pinned under one of them stays.
			if err = nil; pinned {
				_, err = i.target.images().Update(ctx, image, "labels")
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// repository is the name of an image without its tag.
func repository(name string) string {
	if at := strings.LastIndex(name, ":"); at > strings.LastIndex(name, "/") {
		return name[:at]
	}
	return name
}
