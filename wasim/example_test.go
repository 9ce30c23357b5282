package wasim_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.mau.fi/whatsmeow"
	"go.mau.fi/whatsmeow/proto/waE2E"
	"go.mau.fi/whatsmeow/store/sqlstore"
	"go.mau.fi/whatsmeow/types/events"
	waLog "go.mau.fi/whatsmeow/util/log"
	"google.golang.org/protobuf/proto"
	_ "modernc.org/sqlite"

	"github.com/pingcrm/pingcrm/wasim"
)

// Two people write to each other; everything on the way is really encrypted.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	network, err := wasim.New(wasim.Options{Seed: 7})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer network.Close()

	ani, budi := network.Phone("Ani"), network.Phone("Budi")
	if _, err := ani.Send(ctx, budi.Number(), wasim.Content{Text: "Halo Budi"}); err != nil {
		fmt.Println(err)
		return
	}
	message, err := budi.Await(ctx, func(m wasim.Message) bool { return !m.FromMe })
	if err != nil {
		fmt.Println(err) // With the last stanzas of the network.
		return
	}
	fmt.Println(message.Type, message.Text, message.Status)
	// Output: text Halo Budi received
}

// A bot on an unmodified whatsmeow is linked with a phone and answers a customer.
// Only its root key and its dialer differ from a bot on the real network.
func Example_bot() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	network, err := wasim.New(wasim.Options{FastPairing: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer network.Close()
	bot, err := newBot(ctx, network)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer bot.Disconnect()

	shop, customer := network.Phone("Toko"), network.Phone("Budi")
	codes, err := bot.GetQRChannel(ctx)
	if err == nil {
		err = bot.Connect()
	}
	if err == nil {
		_, err = shop.Scan(ctx, (<-codes).Code)
	}
	if err == nil {
		_, err = customer.Send(ctx, shop.Number(), wasim.Content{Text: "Buka jam berapa?"})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := customer.Await(ctx, func(m wasim.Message) bool { return !m.FromMe })
	fmt.Println(answer.Text, err)
	// Output: Jam 8 pagi. <nil>
}

// newBot makes a whatsmeow client that can reach the simulated network and nothing else.
func newBot(ctx context.Context, network *wasim.Network) (*whatsmeow.Client, error) {
	whatsmeow.WACertPubKey = network.RootKey() // Once per process: all networks have the same.
	sessions, err := sqlstore.New(ctx, "sqlite", "file:bot?mode=memory&cache=shared&_pragma=foreign_keys(1)&_txlock=immediate", waLog.Noop)
	if err != nil {
		return nil, err
	}
	bot := whatsmeow.NewClient(sessions.NewDevice(), waLog.Noop)
	client := &http.Client{Transport: &http.Transport{DialContext: network.DialContext, DialTLSContext: network.DialContext}}
	bot.SetPreLoginHTTPClient(client)
	bot.SetWebsocketHTTPClient(client)
	bot.SetMediaHTTPClient(client)
	bot.AddEventHandler(func(event any) {
		if m, ok := event.(*events.Message); ok && m.Message.GetConversation() == "Buka jam berapa?" {
			_, _ = bot.SendMessage(ctx, m.Info.Chat, &waE2E.Message{Conversation: proto.String("Jam 8 pagi.")})
		}
	})
	return bot, nil
}
