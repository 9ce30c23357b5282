package main

import "fmt"

// The rows of the table, in the order in which they are measured. Aims are the project's own, with everything durable.
var (
	coldEmpty = metric{name: "cold start, empty folder", unit: "ms", stat: p50, goal: 150}
	idle      = metric{name: "memory, nothing linked", unit: "MiB", stat: p50, goal: 60}

	answer50  = metric{name: "customer's frame → answer's frame, 25/s", unit: "ms", stat: p50, goal: 4}
	answer99  = metric{name: "customer's frame → answer's frame, 25/s", unit: "ms", stat: p99, goal: 15}
	webhook50 = metric{name: "customer's frame → webhook, 25/s", unit: "ms", stat: p50}
	webhook99 = metric{name: "customer's frame → webhook, 25/s", unit: "ms", stat: p99}
	answerCPU = metric{name: "CPU of a message in, its answer and webhook", unit: "ms", stat: p50}

	burstHanded   = metric{name: "burst: last message handed in", unit: "s", stat: p50}
	burstStored   = metric{name: "burst: last message stored", unit: "s", stat: p50}
	burstReported = metric{name: "burst: last webhook", unit: "s", stat: p50}
	burstMemory   = metric{name: "burst: most memory", unit: "MiB", stat: top}
	receivedCPU   = metric{name: "CPU of a message in and its webhook", unit: "ms", stat: p50}

	perDevice  = metric{name: "memory of a linked, idle device", unit: "KiB", stat: p50, goal: 1.25, ofRatio: true}
	manyMemory = metric{name: "memory with all devices linked", unit: "MiB", stat: p50}
	coldMany   = metric{name: "cold start, all devices linked", unit: "ms", stat: p50, goal: 150}
	binarySize = metric{name: "size of the binary", unit: "MiB", stat: p50}
)

func sendAccepted(rate int, of stat) metric {
	return metric{name: fmt.Sprintf("API send, POST → answer, %d/s", rate), unit: "ms", stat: of}
}

func sendReached(rate int, of stat) metric {
	return metric{name: fmt.Sprintf("API send, POST → on the phone, %d/s", rate), unit: "ms", stat: of}
}

func sendCPU(rate int) metric {
	return metric{name: fmt.Sprintf("CPU of a send, %d/s", rate), unit: "ms", stat: p50, goal: 1.3}
}
