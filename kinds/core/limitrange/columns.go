package limitrange

import (
	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{table.Name(), table.CreatedAt()}
}
