# The image holds one static binary and the certificates it needs to reach the
# hiscores; time zones are inside the binary.

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -tags timetzdata -ldflags "-s -w -X main.buildVersion=${VERSION}" -o /image/usr/local/bin/osrsdiff ./cmd/osrsdiff
RUN mkdir /empty

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /image/ /
COPY --from=build --chown=65532:65532 /empty /data
COPY --from=build --chown=65532:65532 /empty /logs
# By number, since there is no /etc/passwd to name it.
USER 65532:65532
# In a container loopback reaches nobody, so web listens on every interface; it
# refuses to start there without API_TOKEN.
ENV PATH=/usr/local/bin \
	OSRSDIFF_DATA_DIR=/data \
	OSRSDIFF_WEB_LISTEN=0.0.0.0:8080
VOLUME ["/data", "/logs"]
EXPOSE 8080
# For web and up. The compose file names the role for the others.
HEALTHCHECK --interval=15s --timeout=6s --start-period=30s --retries=4 CMD ["/usr/local/bin/osrsdiff", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/osrsdiff"]
CMD ["up"]
