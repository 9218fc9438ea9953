// Package preload lays images into a containerd root directory through containerd's own libraries,
// so that the daemon of the same version finds what it would have written itself.
package preload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/images"
	"github.com/containerd/containerd/v2/core/metadata"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/core/snapshots/storage"
	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	bolt "go.etcd.io/bbolt"
)

const (
	// namespace is the one that the CRI plugin works in.
	namespace   = "k8s.io"
	snapshotter = "overlayfs"

	// A plugin's directory is its type and its id.
	contentDir   = "io.containerd.content.v1.content"
	metadataDir  = "io.containerd.metadata.v1.bolt"
	overlayDir   = "io.containerd.snapshotter.v1.overlayfs"
	metadataFile = "meta.db"
	overlayFile  = "metadata.db"
)

// store is an open containerd root.
type store struct {
	root    string
	bolt    *bolt.DB
	overlay snapshots.Snapshotter
	db      *metadata.DB
}

// within returns ctx bound to the CRI plugin's namespace.
func within(ctx context.Context) context.Context {
	return namespaces.WithNamespace(ctx, namespace)
}

// open opens the root; without readOnly, what is missing is made, with the modes of the daemon.
func open(ctx context.Context, root string, readOnly bool) (_ *store, err error) {
	if readOnly {
		if _, err := os.Stat(filepath.Join(root, metadataDir, metadataFile)); err != nil {
			return nil, fmt.Errorf("%s holds no containerd metadata: %w", root, err)
		}
	} else if err := makeDirectories(root); err != nil {
		return nil, err
	}
	blobs, err := local.NewStore(filepath.Join(root, contentDir))
	if err != nil {
		return nil, err
	}
	overlayPath := filepath.Join(root, overlayDir)
	meta, err := storage.NewMetaStore(filepath.Join(overlayPath, overlayFile), func(o *bolt.Options) error {
		*o = *boltOptions(readOnly)
		return nil
	})
	if err != nil {
		return nil, err
	}
	layers, err := overlay.NewSnapshotter(overlayPath, overlay.WithMetaStore(meta))
	if err != nil {
		return nil, errors.Join(err, meta.Close())
	}
	database, err := bolt.Open(filepath.Join(root, metadataDir, metadataFile), 0o644, boltOptions(readOnly))
	if err != nil {
		return nil, errors.Join(err, layers.Close())
	}
	opened := &store{root: root, bolt: database, overlay: layers}
	opened.db = metadata.NewDB(database, blobs, map[string]snapshots.Snapshotter{snapshotter: layers})
	if !readOnly {
		if err := opened.db.Init(ctx); err != nil {
			return nil, errors.Join(err, opened.close())
		}
	}
	return opened, nil
}

func makeDirectories(root string) error {
	for _, directory := range []struct {
		path string
		mode os.FileMode
	}{
		{root, 0o700},
		{filepath.Join(root, contentDir), 0o755},
		{filepath.Join(root, metadataDir), 0o711},
		{filepath.Join(root, overlayDir), 0o700},
	} {
		if err := os.MkdirAll(directory.path, directory.mode); err != nil {
			return err
		}
	}
	return nil
}

// boltOptions follow the daemon's, with the page size fixed: it is the builder's otherwise. Nothing
// is synced: a build that is cut short is thrown away whole.
func boltOptions(readOnly bool) *bolt.Options {
	options := *bolt.DefaultOptions
	options.NoFreelistSync = true
	options.NoStatistics = true
	options.NoSync = true
	options.NoGrowSync = true
	options.PageSize = 4096
	options.ReadOnly = readOnly
	return &options
}

func (s *store) close() error {
	return errors.Join(s.bolt.Close(), s.overlay.Close())
}

func (s *store) content() content.Store { return s.db.ContentStore() }

func (s *store) snapshots() snapshots.Snapshotter { return s.db.Snapshotter(snapshotter) }

func (s *store) images() images.Store { return metadata.NewImageStore(s.db) }
