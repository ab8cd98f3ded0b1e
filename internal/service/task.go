package service

import (
	"encoding/xml"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/chartwatch/chartwatch/internal/fault"
)

// The task scheduler wants an exact start: from some past midnight on, every hour.
const taskStart = "2025-01-01T00:00:00"

// task is a definition of the Windows Task Scheduler, version 1.2. The fields are
// in the order of Microsoft's schema, which matters for triggers.
type task struct {
	XMLName      xml.Name      `xml:"http://schemas.microsoft.com/windows/2004/02/mit/task Task"`
	Version      string        `xml:"version,attr"`
	Registration registration  `xml:"RegistrationInfo"`
	Trigger      timeTrigger   `xml:"Triggers>TimeTrigger"`
	Settings     taskSettings  `xml:"Settings"`
	Principal    taskPrincipal `xml:"Principals>Principal"`
	Actions      taskActions   `xml:"Actions"`
}

type registration struct {
	Author      string `xml:"Author"`
	Description string `xml:"Description"`
}

type timeTrigger struct {
	Enabled       bool   `xml:"Enabled"`
	StartBoundary string `xml:"StartBoundary"`
	Interval      string `xml:"Repetition>Interval"`
	RandomDelay   string `xml:"RandomDelay"`
}

type taskSettings struct {
	AllowStartOnDemand         bool   `xml:"AllowStartOnDemand"`
	MultipleInstancesPolicy    string `xml:"MultipleInstancesPolicy"`
	DisallowStartIfOnBatteries bool   `xml:"DisallowStartIfOnBatteries"`
	StopIfGoingOnBatteries     bool   `xml:"StopIfGoingOnBatteries"`
	StartWhenAvailable         bool   `xml:"StartWhenAvailable"`
	RunOnlyIfNetworkAvailable  bool   `xml:"RunOnlyIfNetworkAvailable"`
	WakeToRun                  bool   `xml:"WakeToRun"`
	Enabled                    bool   `xml:"Enabled"`
	ExecutionTimeLimit         string `xml:"ExecutionTimeLimit"`
	Priority                   int    `xml:"Priority"`
}

type taskPrincipal struct {
	ID        string `xml:"id,attr"`
	UserID    string `xml:"UserId"`
	LogonType string `xml:"LogonType"`
	RunLevel  string `xml:"RunLevel"`
}

type taskActions struct {
	Context   string `xml:"Context,attr"`
	Command   string `xml:"Exec>Command"`
	Arguments string `xml:"Exec>Arguments"`
}

func (o Options) taskFiles() ([]File, error) {
	if err := o.checkTask(); err != nil {
		return nil, err
	}
	text, err := xml.MarshalIndent(o.task(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing the task: %w", err)
	}
	name := o.onceName()
	all := `<?xml version="1.0" encoding="UTF-16"?>` + "\n" + o.taskComment(name) + string(text) + "\n"
	return []File{{Name: name + ".xml", Content: utf16LE(strings.ReplaceAll(all, "\n", "\r\n")), Mode: 0o600}}, nil
}

// taskComment tells a person what to do with the file. It holds no path and no
// account, because XML allows no two hyphens in a comment.
func (o Options) taskComment(name string) string {
	who := `     The task has no network shares. If the drop folder is one, make the file again
     for an account that is logged on.
`
	if o.LoggedOn {
		who = `     The task runs only while its account is logged on.
`
	}
	return `<!-- ` + marker + `. Not for a computer on which chartwatch runs as a service already.
     Goes to:       any folder; Windows keeps its own copy
     Activate with: schtasks /create /tn ` + name + ` /xml ` + name + `.xml
                    in a console that was opened as administrator
` + who + `-->
`
}

func (o Options) checkTask() error {
	if err := o.check(windowsSystem); err != nil {
		return err
	}
	if err := o.checkUser(); err != nil {
		return err
	}
	for _, p := range []string{o.Executable, o.Config} {
		if strings.ContainsAny(p, `"<>|?*`) {
			return fault.New(fault.Invalid, "the path "+p+" cannot exist on Windows", "check it")
		}
		if strings.Count(p, "%") > 1 {
			return fault.New(fault.Invalid, "the task scheduler takes what is between the percent signs of "+p+" for a variable", "rename the folder or file")
		}
	}
	return nil
}

func (o Options) task() task {
	logon := "S4U"
	if o.LoggedOn {
		logon = "InteractiveToken"
	}
	return task{
		Version:      "1.2",
		Registration: registration{Author: "chartwatch", Description: description},
		Trigger:      timeTrigger{Enabled: true, StartBoundary: taskStart, Interval: "PT1H", RandomDelay: "PT5M"},
		Settings: taskSettings{
			AllowStartOnDemand: true, MultipleInstancesPolicy: "IgnoreNew", StartWhenAvailable: true, Enabled: true, ExecutionTimeLimit: "PT2H", Priority: 7,
		},
		Principal: taskPrincipal{ID: "Author", UserID: o.User, LogonType: logon, RunLevel: "LeastPrivilege"},
		Actions:   taskActions{Context: "Author", Command: o.Executable, Arguments: commandLine(append(o.arguments(), "--once")...)},
	}
}

// utf16LE writes a text the way schtasks reads it: it refuses UTF-8 and big endian.
func utf16LE(s string) []byte {
	units := append([]uint16{0xfeff}, utf16.Encode([]rune(s))...)
	b := make([]byte, 0, 2*len(units))
	for _, u := range units {
		b = append(b, byte(u), byte(u>>8)) //nolint:gosec // the two halves
	}
	return b
}
