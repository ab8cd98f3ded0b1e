package service

import "strings"

// CronLine is the line of a crontab that does every hour what is due. It suits a
// computer that is always on: cron catches up nothing by itself, but the next hour
// does.
func CronLine(o Options) string {
	return "17 * * * * " + cronArg(o.Executable) + " --config " + cronArg(o.Config) + " serve --once"
}

// cronArg quotes for the shell, and for cron, which ends a command at "%".
func cronArg(s string) string {
	return "'" + strings.NewReplacer("'", `'\''`, "%", `'\%'`).Replace(s) + "'"
}
