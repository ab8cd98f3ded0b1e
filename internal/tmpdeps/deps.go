// Package tmpdeps keeps go.mod stable while the packages are being written.
package tmpdeps

import (
	_ "filippo.io/age"
	_ "github.com/adrg/xdg"
	_ "github.com/apache/arrow-go/v18/parquet/pqarrow"
	_ "github.com/duckdb/duckdb-go/v2"
	_ "github.com/gofrs/flock"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/jedib0t/go-pretty/v6/table"
	_ "github.com/klauspost/compress/zstd"
	_ "github.com/lmittmann/tint"
	_ "github.com/mattn/go-isatty"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/schollz/progressbar/v3"
	_ "github.com/spf13/cobra"
	_ "github.com/spf13/viper"
	_ "github.com/tink-crypto/tink-go/v2/daead/subtle"
	_ "github.com/xuri/excelize/v2"
	_ "github.com/zalando/go-keyring"
	_ "go.yaml.in/yaml/v3"
	_ "golang.org/x/crypto/sha3"
	_ "golang.org/x/net/html/charset"
	_ "golang.org/x/sys/cpu"
	_ "golang.org/x/text/encoding/htmlindex"
	_ "golang.org/x/text/unicode/norm"
)
