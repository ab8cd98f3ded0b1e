package archive_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"testing"
)

func BenchmarkDraft(b *testing.B) {
	for _, size := range []int{4 << 10, 64 << 20} {
		b.Run(fmt.Sprintf("%dKiB", size>>10), func(b *testing.B) {
			data := csvLike(size)
			sha := sha256.Sum256(data)
			dir := b.TempDir()
			a := openArchive(b, dir, newSealer(b, newKey(b)))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				d, err := a.Begin()
				if err != nil {
					b.Fatal(err)
				}
				for i := 0; i < size; i += 64 << 10 {
					if _, err := d.Write(data[i:min(i+64<<10, size)]); err != nil {
						b.Fatal(err)
					}
				}
				if err := d.Commit(sha); err != nil {
					b.Fatal(err)
				}
			}
			info, err := os.Stat(pathOf(dir, sha))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(size)/float64(info.Size()), "ratio")
		})
	}
}

func BenchmarkRead(b *testing.B) {
	data := csvLike(64 << 20)
	a := openArchive(b, b.TempDir(), newSealer(b, newKey(b)))
	sha := keep(b, a, data)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if err := a.Verify(b.Context(), sha); err != nil {
			b.Fatal(err)
		}
	}
}
