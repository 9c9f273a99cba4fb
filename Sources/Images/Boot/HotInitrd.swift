import AzureLinux
import Foundation
import Sandbox
import SystemPackage

/// An initrd for a kernel that has virtio only as modules and an image without one: busybox, the modules, and a script
/// that mounts the root and goes there.
struct HotInitrd: Sendable {
  let disk: FilePath
  let root: ImageManifest.Partition
  let kernel: String
  let work: FilePath

  static let drivers = ["virtio_pci", "virtio_blk", "virtio_console"]
  static let busybox = "/usr/bin/busybox"

  /// What `modules.dep` says must be loaded, in order. Pure.
  static func order(_ drivers: [String], dependencies: String) -> [String] {
    var needs: [String: (path: String, before: [String])] = [:]
    for line in dependencies.split(separator: "\n") {
      let halves = line.split(separator: ":", maxSplits: 1).map(String.init)
      let before = halves.count > 1 ? halves[1].split(separator: " ").map(String.init) : []
      needs[name(halves[0])] = (halves[0], before)
    }
    var order: [String] = []
    for driver in drivers {
      guard let need = needs[driver] else { continue }
      // depmod lists the nearest first
      for path in need.before.reversed() + [need.path] where !order.contains(path) { order.append(path) }
    }
    return order
  }

  private static func name(_ path: String) -> String {
    let file = path.split(separator: "/").last ?? ""
    return String(file.prefix { $0 != "." }).replacing("-", with: "_")
  }

  static func script(_ root: ImageManifest.Partition, modules: [String]) -> String {
    """
    #!/busybox sh
    /busybox mkdir -p /dev /root
    /busybox mount -t devtmpfs dev /dev
    \(modules.map { "/busybox insmod /\($0)" }.joined(separator: "\n"))
    /busybox mount -t \(root.fileSystem) -o rw /dev/vda\(root.number) /root
    exec /busybox switch_root /root /sbin/init

    """
  }

  func make(_ file: FilePath) async throws {
    let folder = work.appending("initrd")
    try FileManager.default.createDirectory(atPath: folder.string, withIntermediateDirectories: true)
    let modules = "/usr/lib/modules/\(kernel)"
    let list = folder.appending("list")
    try await dump([("\(modules)/modules.dep", list)])
    let text = String(decoding: FileManager.default.contents(atPath: list.string) ?? Data(), as: UTF8.self)
    unlink(list.string)
    let order = HotInitrd.order(HotInitrd.drivers, dependencies: text)
    let names = order.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    try await dump(zip(order, names).map { ("\(modules)/\($0)", folder.appending($1)) })
    for (tool, ending) in [("xz", ".xz"), ("zstd", ".zst")] {
      let packed = names.filter { $0.hasSuffix(ending) }.map { folder.appending($0).string }
      guard !packed.isEmpty else { continue }
      try await Command([tool, "-d", "-q"] + (tool == "zstd" ? ["--rm"] : []) + packed).check()
    }
    let plain = names.map { name in
      [".xz", ".zst"].first(where: name.hasSuffix).map { String(name.dropLast($0.count)) } ?? name
    }
    let script = folder.appending("init").string
    try Data(HotInitrd.script(root, modules: plain).utf8).write(to: URL(filePath: script))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    try FileManager.default.copyItem(
      atPath: HotInitrd.busybox, toPath: folder.appending("busybox").string)
    let pack = #"cd "$1" && find . | LC_ALL=C sort | cpio -o -H newc --quiet >"$2""#
    try await Command(["sh", "-c", pack, "sh", folder.string, file.string]).check()
    try FileManager.default.removeItem(atPath: folder.string)
  }

  /// Files of the image's root, without mounting it.
  private func dump(_ files: [(from: String, to: FilePath)]) async throws {
    guard !files.isEmpty else { return }
    let requests = work.appending("requests")
    let text = files.map { "dump \"\($0.from)\" \"\($0.to)\"\n" }.joined()
    try Data(text.utf8).write(to: URL(filePath: requests.string))
    try await Command(
      ["debugfs", "-f", requests.string, "\(disk)?offset=\(root.offset)"],
      environment: Command.hostEnvironment
    ).check()
    unlink(requests.string)
  }
}
