package testenv

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

const (
	// clusterNodes is how many masters a test's cluster has: the fewest that can
	// agree on a failure.
	clusterNodes = 3
	clusterSlots = 16384
)

// RedisCluster is a Redis Cluster of three masters without replicas.
type RedisCluster struct {
	// Nodes are its servers.
	Nodes []*RedisProcess

	protect Protection
}

// NewRedisCluster starts a cluster on free ports of 127.0.0.1 and waits until all
// its nodes serve. It skips the test where redis-server is not installed.
func NewRedisCluster(tb testing.TB, protect Protection) *RedisCluster {
	tb.Helper()
	c := &RedisCluster{protect: protect}
	args := []string{"--cluster-enabled", "yes", "--cluster-node-timeout", "5000"}
	if protect.TLS != nil {
		args = append(args, "--tls-cluster", "yes")
	}
	var busPorts []string
	for range clusterNodes {
		bus := strconv.Itoa(freePort(tb))
		busPorts = append(busPorts, bus)
		c.Nodes = append(c.Nodes, ProtectedRedis(tb, protect, slices.Concat(args, []string{"--cluster-port", bus})...))
	}
	for i, node := range c.Nodes {
		node.join(i, c.Nodes[:i], busPorts)
	}
	for _, node := range c.Nodes {
		node.awaitCluster()
	}
	return c
}

// join takes the i-th part of the slots and meets the nodes before this one.
func (p *RedisProcess) join(i int, others []*RedisProcess, busPorts []string) {
	p.tb.Helper()
	rdb := p.client()
	defer func() { _ = rdb.Close() }()
	first, last := i*clusterSlots/clusterNodes, (i+1)*clusterSlots/clusterNodes-1
	if err := rdb.ClusterAddSlotsRange(p.tb.Context(), first, last).Err(); err != nil {
		p.tb.Fatalf("give slots %d to %d to a node: %v", first, last, err)
	}
	for j, other := range others {
		host, port, _ := strings.Cut(other.Addr(), ":")
		if err := rdb.Do(p.tb.Context(), "CLUSTER", "MEET", host, port, busPorts[j]).Err(); err != nil {
			p.tb.Fatalf("join nodes: %v", err)
		}
	}
}

// awaitCluster waits until this node knows the others and who has which slots.
func (p *RedisProcess) awaitCluster() {
	p.tb.Helper()
	rdb := p.client()
	defer func() { _ = rdb.Close() }()
	Eventually(p.tb, startTimeout, "a node of the cluster to serve", func() bool {
		info := rdb.ClusterInfo(p.tb.Context()).Val()
		return strings.Contains(info, "cluster_state:ok") &&
			strings.Contains(info, "cluster_known_nodes:"+strconv.Itoa(clusterNodes)) &&
			strings.Contains(info, "cluster_slots_ok:"+strconv.Itoa(clusterSlots))
	})
}

// URL is the redis+cluster:// or rediss+cluster:// address of the cluster.
func (c *RedisCluster) URL() string {
	addrs := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		addrs[i] = node.Addr()
	}
	return c.protect.url("+cluster", strings.Join(addrs, ","), "")
}

// Client returns a client of the cluster, closed at the end of the test.
func (c *RedisCluster) Client(tb testing.TB) *redis.ClusterClient {
	tb.Helper()
	rdb := redis.NewClusterClient(&redis.ClusterOptions{
		Addrs: []string{c.Nodes[0].Addr()}, Username: c.protect.User, Password: c.protect.Password, TLSConfig: c.protect.tls(),
	})
	tb.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

// Flush empties all nodes.
func (c *RedisCluster) Flush() {
	for _, node := range c.Nodes {
		node.tb.Helper()
		rdb := node.client()
		err := rdb.FlushAll(node.tb.Context()).Err()
		_ = rdb.Close()
		if err != nil {
			node.tb.Fatalf("empty a node of the cluster: %v", err)
		}
	}
}
