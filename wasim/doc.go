// Package wasim owns a simulated WhatsApp network: a server that speaks the real
// multi-device protocol to unmodified clients, and phones whose owners really
// encrypt, decrypt, scan and type.
//
//	network, err := wasim.New(wasim.Options{Seed: 7})
//	budi := network.Phone("Budi")
//	device, err := budi.Scan(ctx, qrText)          // links a companion
//	id, err := budi.Send(ctx, shopNumber, wasim.Content{Text: "Halo"})
//	answer, err := budi.Await(ctx, func(m wasim.Message) bool { return !m.FromMe })
//
// A client reaches the network by two things only: its root key
// (Network.RootKey, to be put into whatsmeow.WACertPubKey once per process) and
// a dialer that leads every connection to it without TLS (Network.DialContext,
// or the address given to Network.Serve). Nothing here ever dials out.
package wasim
