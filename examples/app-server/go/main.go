// Go 1.18 or later, no module. Shows the calls that an app server makes to the push relay.
//
//	RELAY_URL=http://relay.internal:8080 RELAY_API_KEY=… go run main.go login carol install-1 fcm TOKEN zh-CN
//	… main.go name carol Carol
//	… main.go group team Team
//	… main.go logout carol install-1
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"time"
)

type Device struct {
	Provider string `json:"provider"`
	Token    string `json:"token"`
	Locale   string `json:"locale,omitempty"`
}

// RegisterDevice is for login, and for each new token that the phone reports. Repeating it is safe.
func RegisterDevice(uid, deviceID string, device Device) error {
	return call("PUT", "/users/"+id(uid)+"/devices/"+id(deviceID), device)
}

// DeleteDevice is for logout, while the server still knows whose phone it is.
func DeleteDevice(uid, deviceID string) error {
	return call("DELETE", "/users/"+id(uid)+"/devices/"+id(deviceID), nil)
}

func SetUserName(uid, name string) error {
	return call("PUT", "/users/"+id(uid)+"/profile", map[string]string{"name": name})
}

// SetGroupName: channel type 2 is a group.
func SetGroupName(channelID, name string) error {
	return call("PUT", "/channels/2/"+id(channelID), map[string]string{"name": name})
}

// A uid or an id may contain any character.
func id(text string) string { return url.PathEscape(text) }

var client = &http.Client{Timeout: 5 * time.Second}

func call(method, path string, body any) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequest(method, os.Getenv("RELAY_URL")+"/v1"+path, content)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("RELAY_API_KEY"))
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode < 300 {
		return nil
	}
	// problem+json: code is stable, detail and errors tell a person what is wrong. Retry a status of 500 or more.
	return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, text)
}

func main() {
	var err error
	args := append(os.Args[1:], "", "", "", "", "", "")
	switch args[0] {
	case "login":
		err = RegisterDevice(args[1], args[2], Device{Provider: args[3], Token: args[4], Locale: args[5]})
	case "logout":
		err = DeleteDevice(args[1], args[2])
	case "name":
		err = SetUserName(args[1], args[2])
	case "group":
		err = SetGroupName(args[1], args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
