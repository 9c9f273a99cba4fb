import Foundation

/// Rules about disks and their partitions.
struct DiskRules {
  let findings: FindingList

  func check(_ disk: ImageConfiguration.Disk, at path: String) {
    checkOverlap(disk, path)
    checkSize(disk, path)
    if disk.target.isRealDisk, disk.target.value.isEmpty {
      findings.add(
        .targetDisk, "\(path).TargetDisk.Value",
        "is empty: an installer without questions does not find the disk")
    }
    for (index, partition) in disk.partitions.enumerated() {
      let place = "\(path).Partitions[\(index)]"
      checkType(partition, place)
      let isLast = index == disk.partitions.count - 1
      if partition.end == 0, !isLast {
        findings.add(
          .partitionOrder, "\(place).End", "0 fills the disk, and leaves no room for the partition after it")
      } else if partition.end != 0, partition.end <= partition.start {
        findings.add(
          .partitionOrder, "\(place).End", "is not greater than Start: the partition holds nothing")
      }
    }
  }

  func checkIDs(_ disks: [ImageConfiguration.Disk]) {
    var seen: [String: String] = [:]
    for (index, disk) in disks.enumerated() {
      for (number, partition) in disk.partitions.enumerated() {
        let place = "Disks[\(index)].Partitions[\(number)]"
        if let first = seen[partition.id] {
          findings.add(.partitionID, "\(place).ID", "\"\(partition.id)\" is used by \(first) already")
        } else {
          seen[partition.id] = place
        }
      }
    }
  }

  /// By where they start, whatever their order in the file.
  private func checkOverlap(_ disk: ImageConfiguration.Disk, _ path: String) {
    let sorted = disk.partitions.enumerated().sorted {
      ($0.element.start, $0.offset) < ($1.element.start, $1.offset)
    }
    for (one, next) in zip(sorted, sorted.dropFirst()) where one.element.end > next.element.start {
      findings.add(
        .overlap, "\(path).Partitions[\(next.offset)].Start",
        "\(next.element.start) is inside Partitions[\(one.offset)], which ends at \(one.element.end)")
    }
  }

  private func checkSize(_ disk: ImageConfiguration.Disk, _ path: String) {
    if disk.target.isRealDisk {
      if disk.maxSize != 0 {
        findings.add(.maxSizeUnused, "\(path).MaxSize", "is ignored: TargetDisk has a size of its own")
      }
      return
    }
    if disk.maxSize == 0, !disk.partitions.isEmpty {
      return findings.add(
        .maxSizeMissing, "\(path).MaxSize", "must be greater than 0 (MiB) for a disk with partitions")
    }
    // upstream counts a partition that fills the disk up to its start, and forgets those before it
    let end = disk.partitions.reduce(0) { $1.end == 0 ? $1.start : max($0, $1.end) }
    if disk.maxSize < end {
      findings.add(
        .maxSizeSmall, "\(path).MaxSize",
        "\(disk.maxSize) MiB do not hold the partitions, which end at \(end)")
    }
  }

  private func checkType(_ partition: ImageConfiguration.Partition, _ place: String) {
    if !partition.typeName.isEmpty, !partition.givenTypeUUID.isEmpty {
      findings.add(.partitionType, "\(place).TypeUUID", "must not be given together with Type")
    }
    if !partition.givenTypeUUID.isEmpty, UUID(uuidString: partition.givenTypeUUID) == nil {
      findings.add(
        .partitionTypeUUID, "\(place).TypeUUID",
        "\"\(partition.givenTypeUUID)\" is not a UUID; it is refused when the disk is made")
    }
    if let other = partition.name.unicodeScalars.first(where: { !$0.isASCII }) {
      findings.add(.partitionName, "\(place).Name", "\"\(other)\" is not an ASCII character")
    } else if partition.name.utf16.count > 35 {
      findings.add(
        .partitionName, "\(place).Name", "has \(partition.name.utf16.count) characters; a GPT label holds 35")
    }
  }
}
