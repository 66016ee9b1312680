const clusterPartitions = 16;

/** How many inbox partitions there are: a cluster shares the work among its masters, one server gains nothing by it. */
export function defaultPartitions(isCluster: boolean): number {
  return isCluster ? clusterPartitions : 1;
}

/** FNV-1a: a body, its entries and what waits of it stand in one partition, whoever asks. */
export function partitionOf(bodyId: string, partitions: number): number {
  if (partitions === 1) return 0;
  let hash = 0x811c9dc5;
  for (let index = 0; index < bodyId.length; index++)
    hash = Math.imul(hash ^ bodyId.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % partitions;
}
