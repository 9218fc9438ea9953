package preload

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/images/usage"
	"github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/identity"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Found is one image of a root as the CRI plugin will see it.
type Found struct {
	Name     string `json:"name"`
	Manifest string `json:"manifest"`
	ID       string `json:"id"`
	Snapshot string `json:"snapshot"`
	Pinned   bool   `json:"pinned"`
	// Size is what `crictl images` shows: the sizes that the manifest states, in bytes.
	Size int64 `json:"size"`
	// Unpacked is the space the snapshot takes on the node, in bytes; an artifact has no snapshot.
	Unpacked int64 `json:"unpacked"`
}

// Inspect opens a root without changing it and applies to each image the checks that the CRI plugin
// applies when it starts; an image it would not offer is an error, and so is a leftover of the import.
func Inspect(ctx context.Context, root string, platform ocispec.Platform) (_ []Found, err error) {
	ctx = within(ctx)
	opened, err := open(ctx, root, true)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, opened.close()) }()

	listed, err := opened.images().List(ctx)
	if err != nil {
		return nil, err
	}
	if err := opened.leftovers(ctx); err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, image := range listed {
		names[image.Name] = true
	}
	result := []Found{}
	for _, image := range listed {
		found, err := opened.look(ctx, image, platforms.Only(platform))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", image.Name, err)
		}
		if found.Name == found.ID || strings.Contains(found.Name, "@") {
			continue
		}
		for _, other := range []string{found.ID, repository(found.Name) + "@" + found.Manifest} {
			if !names[other] {
				return nil, fmt.Errorf("%s: %s is not an image name", image.Name, other)
			}
		}
		result = append(result, found)
	}
	return result, nil
}

// look checks one image.
func (s *store) look(ctx context.Context, image images.Image, platform platforms.MatchComparer) (Found, error) {
	blobs := s.content()
	ready, _, _, missing, err := images.Check(ctx, blobs, image.Target, platform)
	if err != nil || !ready {
		return Found{}, fmt.Errorf("not ready (%v): %w", missing, err)
	}
	if image.Labels[labelManaged] != "managed" {
		return Found{}, fmt.Errorf("not marked as managed by the CRI plugin")
	}
	config, err := image.Config(ctx, blobs, platform)
	if err != nil {
		return Found{}, err
	}
	if err := s.kept(ctx, []ocispec.Descriptor{image.Target, config}); err != nil {
		return Found{}, err
	}
	manifest, err := s.manifest(ctx, image.Target)
	if err != nil {
		return Found{}, err
	}
	size, err := usage.CalculateImageUsage(ctx, image, blobs, usage.WithManifestLimit(platform, 1), usage.WithManifestUsage())
	if err != nil {
		return Found{}, err
	}
	found := Found{
		Name: image.Name, Manifest: manifest.Digest.String(), ID: config.Digest.String(),
		Pinned: image.Labels[labelPinned] == "pinned", Size: size,
	}
	data, err := content.ReadBlob(ctx, blobs, manifest)
	if err != nil {
		return found, err
	}
	var said ocispec.Manifest
	if err := json.Unmarshal(data, &said); err != nil {
		return found, err
	}
	if !hasFileSystem(said) {
		return found, s.kept(ctx, said.Layers)
	}
	layers, err := image.RootFS(ctx, blobs, platform)
	if err != nil {
		return found, err
	}
	found.Snapshot = identity.ChainID(layers).String()
	found.Unpacked, err = s.unpacked(ctx, found.Snapshot)
	return found, err
}

// manifest follows the label of an index to the one manifest of it that is here.
func (s *store) manifest(ctx context.Context, target ocispec.Descriptor) (ocispec.Descriptor, error) {
	info, err := s.content().Info(ctx, target.Digest)
	if err != nil || info.Labels[labelGCManifest] == "" {
		return target, err
	}
	chosen, err := s.content().Info(ctx, digest.Digest(info.Labels[labelGCManifest]))
	return ocispec.Descriptor{Digest: chosen.Digest, Size: chosen.Size}, err
}

// kept checks blobs that are kept as they are.
func (s *store) kept(ctx context.Context, kept []ocispec.Descriptor) error {
	for _, blob := range kept {
		reader, err := s.content().ReaderAt(ctx, blob)
		if err != nil {
			return err
		}
		found, err := digest.FromReader(content.NewReader(reader))
		if err = errors.Join(err, reader.Close()); err != nil {
			return err
		}
		if found != blob.Digest {
			return fmt.Errorf("blob %s is damaged", blob.Digest)
		}
	}
	return nil
}

// unpacked returns the size in bytes of a committed snapshot.
func (s *store) unpacked(ctx context.Context, chain string) (int64, error) {
	info, err := s.snapshots().Stat(ctx, chain)
	if err != nil {
		return 0, err
	}
	if info.Kind != snapshots.KindCommitted {
		return 0, fmt.Errorf("snapshot %s is %s", chain, info.Kind)
	}
	used, err := s.snapshots().Usage(ctx, chain)
	return used.Size, err
}

// leftovers refuses what an import that was cut short, or one under a lease, would leave behind, and
// a snapshot without its directory.
func (s *store) leftovers(ctx context.Context) error {
	leases, err := metadata.NewLeaseManager(s.db).List(ctx)
	if err != nil {
		return err
	}
	ingests, err := s.content().ListStatuses(ctx)
	if err != nil {
		return err
	}
	if len(leases)+len(ingests) > 0 {
		return fmt.Errorf("%d leases and %d open ingests are left", len(leases), len(ingests))
	}
	committed := 0
	err = s.snapshots().Walk(ctx, func(_ context.Context, info snapshots.Info) error {
		if info.Kind != snapshots.KindCommitted {
			return fmt.Errorf("snapshot %s is left %s", info.Name, info.Kind)
		}
		committed++
		return nil
	})
	if err != nil {
		return err
	}
	directories, err := os.ReadDir(filepath.Join(s.root, overlayDir, "snapshots"))
	if err == nil && len(directories) != committed {
		err = fmt.Errorf("%d snapshots, %d directories of snapshots", committed, len(directories))
	}
	return err
}
