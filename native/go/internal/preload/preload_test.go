package preload

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/log"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	bolt "go.etcd.io/bbolt"
)

var (
	amd64 = ocispec.Platform{OS: "linux", Architecture: "amd64"}
	epoch = time.Unix(1763900000, 0).UTC()
)

func TestMain(m *testing.M) {
	// containerd's libraries warn of each file system without fs-verity.
	if err := log.SetLevel("error"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// layout is an OCI layout under construction.
type layout struct {
	t         *testing.T
	directory string
	index     ocispec.Index
}

func newLayout(t *testing.T) *layout {
	if os.Geteuid() != 0 {
		t.Skip("layers carry owners: only root can unpack them")
	}
	directory := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(directory, "blobs", "sha256"), 0o755))
	return &layout{t: t, directory: directory}
}

func (l *layout) blob(mediaType string, data []byte) ocispec.Descriptor {
	sum := digest.FromBytes(data)
	must(l.t, os.WriteFile(filepath.Join(l.directory, "blobs", "sha256", sum.Encoded()), data, 0o644))
	return ocispec.Descriptor{MediaType: mediaType, Digest: sum, Size: int64(len(data))}
}

func (l *layout) document(mediaType string, value any) ocispec.Descriptor {
	data, err := json.Marshal(value)
	must(l.t, err)
	return l.blob(mediaType, data)
}

// image adds an image with one layer for each map of file name to content.
func (l *layout) image(platform ocispec.Platform, annotations map[string]string, layers ...map[string]string) {
	manifest := ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest}
	image := ocispec.Image{Platform: platform}
	image.RootFS.Type = "layers"
	for _, files := range layers {
		layer := l.blob(ocispec.MediaTypeImageLayer, tarball(l.t, files))
		manifest.Layers = append(manifest.Layers, layer)
		image.RootFS.DiffIDs = append(image.RootFS.DiffIDs, layer.Digest)
	}
	manifest.Config = l.document(ocispec.MediaTypeImageConfig, image)
	descriptor := l.document(ocispec.MediaTypeImageManifest, manifest)
	descriptor.Annotations = annotations
	l.add(descriptor)
}

// artifact adds what is no file system: a configuration and layers as they are.
func (l *layout) artifact(name, config string, layers map[string]string) {
	manifest := ocispec.Manifest{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest}
	manifest.Config = l.document(config, map[string]string{"os": "wasip1", "architecture": wasm})
	for mediaType, data := range layers {
		manifest.Layers = append(manifest.Layers, l.blob(mediaType, []byte(data)))
	}
	descriptor := l.document(ocispec.MediaTypeImageManifest, manifest)
	descriptor.Annotations = named(name)
	l.add(descriptor)
}

func (l *layout) add(descriptor ocispec.Descriptor) {
	l.index.Manifests = append(l.index.Manifests, descriptor)
	data, err := json.Marshal(l.index)
	must(l.t, err)
	must(l.t, os.WriteFile(filepath.Join(l.directory, ocispec.ImageIndexFile), data, 0o644))
}

func tarball(t *testing.T, files map[string]string) []byte {
	var buffer bytes.Buffer
	writer := tar.NewWriter(&buffer)
	for _, name := range []string{"a", "b", "tool", ".wh.a"} {
		content, there := files[name]
		if !there {
			continue
		}
		must(t, writer.WriteHeader(&tar.Header{
			Name: name, Mode: 0o4755, Size: int64(len(content)), Uid: 7, Gid: 8, ModTime: epoch,
		}))
		_, err := io.WriteString(writer, content)
		must(t, err)
	}
	must(t, writer.Close())
	return buffer.Bytes()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func named(name string) map[string]string { return map[string]string{annotationName: name} }

// two is a layout with a pinned image of one layer and an image of two.
func two(t *testing.T) *layout {
	l := newLayout(t)
	pinned := named("registry.example/pause:1")
	pinned[annotationPinned] = "true"
	l.image(amd64, pinned, map[string]string{"a": "pause"})
	l.image(amd64, named("registry.example/app:1"), map[string]string{"a": "base"}, map[string]string{"b": "top"})
	return l
}

func imported(t *testing.T, l *layout) string {
	root := filepath.Join(t.TempDir(), "containerd")
	must(t, Import(context.Background(), root, l.directory, amd64, epoch))
	return root
}

func TestImportedImagesAreWhatTheCRIPluginOffers(t *testing.T) {
	root := imported(t, two(t))
	found, err := Inspect(context.Background(), root, amd64)
	must(t, err)
	if len(found) != 2 || found[0].Name != "registry.example/app:1" || found[1].Name != "registry.example/pause:1" {
		t.Fatalf("%+v", found)
	}
	if found[0].Pinned || !found[1].Pinned {
		t.Errorf("pinned: %+v", found)
	}
	if found[1].Unpacked != 2*4096 {
		t.Errorf("a directory and a file take %d bytes", found[1].Unpacked)
	}
	info, err := os.Stat(filepath.Join(root, overlayDir, "snapshots", "1", "fs", "a"))
	must(t, err)
	if info.Mode() != 0o755|fs.ModeSetuid || !info.ModTime().Equal(epoch) {
		t.Errorf("mode %v, time %v", info.Mode(), info.ModTime())
	}
}

func TestGarbageCollectionKeepsEveryImage(t *testing.T) {
	root := imported(t, two(t))
	before, err := Inspect(context.Background(), root, amd64)
	must(t, err)
	opened, err := open(context.Background(), root, false)
	must(t, err)
	_, err = opened.db.GarbageCollect(context.Background())
	must(t, err)
	must(t, opened.close())
	after, err := Inspect(context.Background(), root, amd64)
	must(t, err)
	if len(before) != len(after) {
		t.Fatalf("before %+v\nafter %+v", before, after)
	}
}

func TestContainersGetNewSnapshotsOnTopOfTheRewrittenDatabases(t *testing.T) {
	root := imported(t, two(t))
	found, err := Inspect(context.Background(), root, amd64)
	must(t, err)
	opened, err := open(context.Background(), root, false)
	must(t, err)
	defer func() { must(t, opened.close()) }()
	mounts, err := opened.snapshots().Prepare(within(context.Background()), "container", found[0].Snapshot)
	must(t, err)
	options := strings.Join(mounts[0].Options, ",")
	if mounts[0].Type != "overlay" || !strings.Contains(options, "snapshots/4/fs") ||
		!strings.Contains(options, "snapshots/3/fs:") {
		t.Errorf("%+v", mounts)
	}
}

func TestWhatALayerDeletesIsADeviceForTheOverlay(t *testing.T) {
	l := newLayout(t)
	l.image(amd64, named("registry.example/app:1"), map[string]string{"a": "base"}, map[string]string{".wh.a": ""})
	info, err := os.Lstat(filepath.Join(imported(t, l), overlayDir, "snapshots", "2", "fs", "a"))
	must(t, err)
	if info.Mode()&fs.ModeCharDevice == 0 || info.Sys().(*syscall.Stat_t).Rdev != 0 {
		t.Errorf("%v, device %d", info.Mode(), info.Sys().(*syscall.Stat_t).Rdev)
	}
}

func TestTwoImportsAreByteIdentical(t *testing.T) {
	l := two(t)
	first := sums(t, imported(t, l))
	time.Sleep(5 * time.Millisecond)
	second := sums(t, imported(t, l))
	if len(first) < 8 {
		t.Fatalf("%v", first)
	}
	for name, sum := range first {
		if second[name] != sum {
			t.Errorf("%s differs", name)
		}
	}
}

func sums(t *testing.T, root string) map[string]string {
	result := map[string]string{}
	must(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		sum := sha256.Sum256(data)
		result[strings.TrimPrefix(path, root)] = hex.EncodeToString(sum[:])
		return err
	}))
	return result
}

func TestNoLayerArchiveIsKept(t *testing.T) {
	blobs, err := os.ReadDir(filepath.Join(imported(t, two(t)), contentDir, "blobs", "sha256"))
	must(t, err)
	if len(blobs) != 4 {
		t.Errorf("%d blobs, wanted two manifests and two configurations", len(blobs))
	}
}

func TestOneImageUnderTwoNames(t *testing.T) {
	l := newLayout(t)
	for _, name := range []string{"registry.example/a:1", "registry.example/b:1"} {
		l.image(amd64, named(name), map[string]string{"tool": "same"})
	}
	found, err := Inspect(context.Background(), imported(t, l), amd64)
	must(t, err)
	if len(found) != 2 || found[0].ID != found[1].ID {
		t.Errorf("%+v", found)
	}
}

func TestImagesForWebAssemblyFitEveryMachine(t *testing.T) {
	l := newLayout(t)
	for _, system := range []string{"wasi", "wasip1", "wasip2"} {
		l.image(ocispec.Platform{OS: system, Architecture: wasm}, named("x/"+system+":1"), map[string]string{"a": system})
	}
	found, err := Inspect(context.Background(), imported(t, l), amd64)
	must(t, err)
	if len(found) != 3 || found[0].Unpacked == 0 {
		t.Errorf("%+v", found)
	}
}

func TestArtifactsAreKeptAsTheyAre(t *testing.T) {
	l := two(t) // without a snapshot there is no database of them
	l.artifact("x/new:1", "application/vnd.wasm.config.v0+json", map[string]string{"application/wasm": "one"})
	l.artifact("x/old:1", "application/vnd.module.wasm.config.v1+json",
		map[string]string{"application/vnd.module.wasm.content.layer.v1+wasm": "two"})
	l.artifact("x/shim:1", ocispec.MediaTypeImageConfig,
		map[string]string{"application/vnd.bytecodealliance.wasm.component.layer.v0+wasm": "three"})
	root := imported(t, l)
	opened, err := open(context.Background(), root, false)
	must(t, err)
	_, err = opened.db.GarbageCollect(context.Background())
	must(t, err)
	must(t, opened.close())
	found, err := Inspect(context.Background(), root, amd64)
	must(t, err)
	if len(found) != 5 || found[2].Name != "x/new:1" || found[2].Snapshot != "" {
		t.Errorf("%+v", found)
	}
	for _, text := range []string{"one", "two", "three"} {
		path := filepath.Join(root, contentDir, "blobs", "sha256", digest.FromString(text).Encoded())
		data, err := os.ReadFile(path)
		must(t, err)
		if string(data) != text {
			t.Errorf("%s holds %q", path, data)
		}
	}
	must(t, os.Truncate(filepath.Join(root, contentDir, "blobs", "sha256", digest.FromString("one").Encoded()), 0))
	if _, err := Inspect(context.Background(), root, amd64); err == nil {
		t.Error("a layer without its bytes was not found")
	}
}

func TestAnImageIsFoundByItsDigests(t *testing.T) {
	l := newLayout(t)
	l.image(amd64, named("registry.example:5000/app:1"), map[string]string{"a": "app"})
	manifest := l.index.Manifests[0]
	child := ocispec.Descriptor{MediaType: manifest.MediaType, Digest: manifest.Digest, Size: manifest.Size, Platform: &amd64}
	several := l.document(ocispec.MediaTypeImageIndex, ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex,
		Manifests: []ocispec.Descriptor{child},
	})
	manifest.Annotations[annotationIndex] = several.Digest.String()
	l.index.Manifests = nil
	l.add(manifest)
	root := imported(t, l)
	found, err := Inspect(context.Background(), root, amd64)
	must(t, err)
	if len(found) != 1 || found[0].Manifest != manifest.Digest.String() || found[0].Unpacked == 0 {
		t.Errorf("%+v", found)
	}
	opened, err := open(context.Background(), root, true)
	must(t, err)
	defer func() { must(t, opened.close()) }()
	for _, sum := range []digest.Digest{manifest.Digest, several.Digest} {
		image, err := opened.images().Get(within(context.Background()), "registry.example:5000/app@"+sum.String())
		must(t, err)
		if image.Target.Digest != several.Digest {
			t.Errorf("%s is %s", image.Name, image.Target.Digest)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, test := range map[string]struct {
		breakIt func(l *layout)
		message string
	}{
		"another platform": {func(l *layout) {
			l.image(ocispec.Platform{OS: "linux", Architecture: "arm64"}, named("x/y:1"), map[string]string{"a": ""})
		}, "linux/arm64"},
		"no name":   {func(l *layout) { l.image(amd64, nil, map[string]string{"a": ""}) }, annotationName},
		"no layers": {func(l *layout) { l.image(amd64, named("x/y:1")) }, "0 layers"},
		"a name twice": {func(l *layout) {
			l.image(amd64, named("x/y:1"), map[string]string{"a": "1"})
			l.image(amd64, named("x/y:1"), map[string]string{"a": "2"})
		}, "already exists"},
		"a changed layer": {func(l *layout) {
			l.image(amd64, named("x/y:1"), map[string]string{"a": "right"})
			sum := digest.FromBytes(tarball(l.t, map[string]string{"a": "right"})).Encoded()
			path := filepath.Join(l.directory, "blobs", "sha256", sum)
			must(l.t, os.WriteFile(path, tarball(l.t, map[string]string{"a": "wrong"}), 0o644))
		}, "diff id"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLayout(t)
			test.breakIt(l)
			err := Import(context.Background(), filepath.Join(t.TempDir(), "c"), l.directory, amd64, epoch)
			if err == nil || !strings.Contains(err.Error(), test.message) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestInspectFindsDamage(t *testing.T) {
	for name, damage := range map[string]func(root string) error{
		"a snapshot's directory is gone": func(root string) error {
			return os.RemoveAll(filepath.Join(root, overlayDir, "snapshots", "1"))
		},
		"a blob is gone": func(root string) error {
			return os.RemoveAll(filepath.Join(root, contentDir, "blobs"))
		},
		"the labels are gone": func(root string) error {
			empty := func(_ *bolt.Bucket, key, value []byte) ([]byte, error) {
				if string(key) == labelManaged {
					return nil, nil
				}
				return value, nil
			}
			return rewrite(filepath.Join(root, metadataDir, metadataFile), empty)
		},
		"no metadata": func(root string) error { return os.RemoveAll(filepath.Join(root, metadataDir)) },
	} {
		t.Run(name, func(t *testing.T) {
			root := imported(t, two(t))
			must(t, damage(root))
			if found, err := Inspect(context.Background(), root, amd64); err == nil {
				t.Errorf("%+v", found)
			}
		})
	}
}
