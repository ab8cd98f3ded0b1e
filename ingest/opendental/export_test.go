package opendental

import "github.com/chartwatch/chartwatch/ingest"

// PluginHolding returns the plug-in with another limit for rows that wait.
func PluginHolding(bytes int) ingest.Plugin { return plugin(bytes) }
