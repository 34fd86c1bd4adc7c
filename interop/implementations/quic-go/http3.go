package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/quic-go/quic-go/http3"
)

// serveHTTP3 serves the files of the root by HTTP/3.
func serveHTTP3(o options) error {
	identity, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return err
	}
	server := &http3.Server{
		Addr:      o.address().String(),
		Handler:   http.FileServer(http.Dir(o.root)),
		TLSConfig: http3.ConfigureTLSConfig(&tls.Config{Certificates: []tls.Certificate{identity}, KeyLogWriter: keyLog()}),
	}
	return server.ListenAndServe()
}

// fetchHTTP3 gets the files by HTTP/3, all at once over one connection.
func fetchHTTP3(o options) error {
	roots, err := o.authorities()
	if err != nil {
		return err
	}
	transport := &http3.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost", KeyLogWriter: keyLog()}}
	defer transport.Close()
	client := &http.Client{Transport: transport}
	results := make(chan error)
	for _, name := range o.files {
		go func() {
			results <- getHTTP3(client, fmt.Sprintf("https://%s/%s", o.address(), name), filepath.Join(o.downloads, name))
		}()
	}
	for range o.files {
		if failed := <-results; failed != nil {
			err = failed
		}
	}
	return err
}

func getHTTP3(client *http.Client, url, path string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(file, response.Body)
	return err
}
