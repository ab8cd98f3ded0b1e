package normalized

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/chartwatch/chartwatch/ingest"
)

// keyDataset is the key of a JSON line that names its dataset.
const keyDataset = "dataset"

// checkBatch makes sure that a batch has the columns of its dataset.
func checkBatch(d ingest.Dataset, batch arrow.RecordBatch) error {
	want, err := ingest.Schema(d)
	if err != nil {
		return err
	}
	if !batch.Schema().Equal(want) {
		return fmt.Errorf("writing %s: the batch does not have the dataset's schema", d)
	}
	return nil
}
