package preload

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
)

// edit gives the value to keep for one key of a bucket.
type edit func(bucket *bolt.Bucket, key, value []byte) ([]byte, error)

// clamp rewrites both databases in the order of their keys. What depended on the builder then no
// longer does: times, free pages, and the disk usage measured on the builder's file system.
func clamp(root string, epoch time.Time) error {
	stamp, err := epoch.MarshalBinary()
	if err != nil {
		return err
	}
	times := func(_ *bolt.Bucket, key, value []byte) ([]byte, error) {
		if name := string(key); name == "createdat" || name == "updatedat" {
			return stamp, nil
		}
		return value, nil
	}
	layers := filepath.Join(root, overlayDir, "snapshots")
	usage := func(bucket *bolt.Bucket, key, value []byte) ([]byte, error) {
		id := bucket.Get([]byte("id"))
		if string(key) != "size" || id == nil {
			return times(bucket, key, value)
		}
		number, _ := binary.Uvarint(id)
		size, err := diskUsage(filepath.Join(layers, fmt.Sprint(number), "fs"))
		return binary.AppendVarint(nil, size), err
	}
	return errors.Join(
		rewrite(filepath.Join(root, metadataDir, metadataFile), times),
		rewrite(filepath.Join(root, overlayDir, overlayFile), usage),
	)
}

// rewrite replaces a database by a copy with edited values.
func rewrite(path string, change edit) (err error) {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	old, err := bolt.Open(path, info.Mode().Perm(), boltOptions(true))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, old.Close()) }()
	scratch := path + ".new"
	fresh, err := bolt.Open(scratch, info.Mode().Perm(), boltOptions(false))
	if err != nil {
		return err
	}
	err = old.View(func(from *bolt.Tx) error {
		return from.ForEach(func(name []byte, bucket *bolt.Bucket) error {
			return copyBucket(bucket, fresh, [][]byte{name}, change)
		})
	})
	if err = errors.Join(err, fresh.Close()); err != nil {
		return errors.Join(err, os.Remove(scratch))
	}
	return os.Rename(scratch, path)
}

// copyBucket copies one bucket and those in it. Each bucket is a transaction of its own: bbolt places
// the changed buckets of a transaction in random order.
func copyBucket(from *bolt.Bucket, fresh *bolt.DB, path [][]byte, change edit) error {
	err := fresh.Update(func(tx *bolt.Tx) error {
		to, err := makePath(tx, path)
		if err != nil {
			return err
		}
		// The numbers of later snapshots are counted on from here.
		if err := to.SetSequence(from.Sequence()); err != nil {
			return err
		}
		return from.ForEach(func(key, value []byte) error {
			if from.Bucket(key) != nil {
				return nil
			}
			kept, err := change(from, key, value)
			if err != nil {
				return err
			}
			return to.Put(key, kept)
		})
	})
	if err != nil {
		return err
	}
	return from.ForEachBucket(func(name []byte) error {
		return copyBucket(from.Bucket(name), fresh, append(slices.Clone(path), name), change)
	})
}

func makePath(tx *bolt.Tx, path [][]byte) (*bolt.Bucket, error) {
	bucket, err := tx.CreateBucketIfNotExists(path[0])
	for _, name := range path[1:] {
		if err != nil {
			return nil, err
		}
		bucket, err = bucket.CreateBucketIfNotExists(name)
	}
	return bucket, err
}

// diskUsage is the size in bytes of a tree on a file system with blocks of 4 KiB; a file with more
// than one name counts once.
func diskUsage(root string) (int64, error) {
	const block = 4096
	var total int64
	seen := map[uint64]bool{}
	err := filepath.WalkDir(root, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		status := info.Sys().(*syscall.Stat_t)
		switch {
		case info.IsDir():
			total += block
		case info.Mode().IsRegular() && !seen[status.Ino]:
			seen[status.Ino] = true
			total += (info.Size() + block - 1) / block * block
		}
		return nil
	})
	return total, err
}
