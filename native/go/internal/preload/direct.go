package preload

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/core/diff"
	"github.com/containerd/containerd/v2/core/mount"
	"github.com/containerd/containerd/v2/pkg/archive"
	"github.com/containerd/errdefs"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// direct applies a layer by writing into the snapshot's directory instead of through a mount, so
// that no mount is made on the builder. containerd's own applier does so, too, but not in a user
// namespace, where it would have to know that the snapshot is for a node that is in none.
//
// What is deleted becomes a character device there, which a user namespace has since Linux 5.8.
// An opaque directory needs an attribute that it has not; see overlayfs.rst of the kernel.
type direct struct{ source content.Provider }

// Apply unpacks one layer; it returns the digest and the size of what the layer holds unpacked.
func (d direct) Apply(
	ctx context.Context, layer ocispec.Descriptor, mounts []mount.Mount, _ ...diff.ApplyOpt,
) (ocispec.Descriptor, error) {
	none := ocispec.Descriptor{}
	upper, lower, err := directories(mounts)
	if err != nil {
		return none, err
	}
	blob, err := d.source.ReaderAt(ctx, layer)
	if err != nil {
		return none, err
	}
	defer blob.Close()
	stream := diff.NewProcessorChain(layer.MediaType, content.NewReader(blob))
	for stream.MediaType() != ocispec.MediaTypeImageLayer {
		if stream, err = diff.GetProcessor(ctx, stream, nil); err != nil {
			return none, fmt.Errorf("a layer of type %s: %w", layer.MediaType, err)
		}
		defer stream.Close()
	}
	digester, size := digest.Canonical.Digester(), new(counter)
	unpacked := io.TeeReader(stream, io.MultiWriter(digester.Hash(), size))
	options := []archive.ApplyOpt{archive.WithConvertWhiteout(archive.OverlayConvertWhiteout)}
	if len(lower) > 0 {
		options = append(options, archive.WithParents(lower))
	}
	if _, err := archive.Apply(ctx, upper, unpacked, options...); err != nil {
		return none, err
	}
	if _, err := io.Copy(io.Discard, unpacked); err != nil { // what follows the archive's end
		return none, err
	}
	return ocispec.Descriptor{
		MediaType: ocispec.MediaTypeImageLayer, Digest: digester.Digest(), Size: int64(*size),
	}, nil
}

// directories are the one that a snapshot is written into, and those below it, uppermost first. A
// first layer's is offered as a bind mount, that of each other as an overlay.
func directories(mounts []mount.Mount) (upper string, lower []string, err error) {
	if len(mounts) == 1 && mounts[0].Type == "bind" {
		return mounts[0].Source, nil, nil
	}
	if len(mounts) == 1 && mounts[0].Type == "overlay" {
		for _, option := range mounts[0].Options {
			if after, ok := strings.CutPrefix(option, "upperdir="); ok {
				upper = after
			} else if after, ok := strings.CutPrefix(option, "lowerdir="); ok {
				lower = strings.Split(after, ":")
			}
		}
		if upper != "" {
			return upper, lower, nil
		}
	}
	return "", nil, fmt.Errorf("no directory to write into among %v: %w", mounts, errdefs.ErrInvalidArgument)
}

// counter counts what is written to it.
type counter int64

func (c *counter) Write(data []byte) (int, error) {
	*c += counter(len(data))
	return len(data), nil
}
