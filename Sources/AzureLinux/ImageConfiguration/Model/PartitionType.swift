/// The partition types that an image configuration may name (UAPI Discoverable Partitions).
package enum PartitionType: String, CaseIterable, Sendable {
  case esp = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b"
  case xbootldr = "bc13c2ff-59e6-4262-a352-b275fd6f7172"
  case linux = "0fc63daf-8483-4772-8e79-3d69d8477de4"
  case rootAMD64 = "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"
  case swap = "0657fd6d-a4ab-43c4-84e5-0933c84b4f4f"
  case home = "933ac7e1-2eb4-4f13-b844-0e14e2aef915"
  case srv = "3b8f8425-20e0-4f3b-907f-1a25a76f98e8"
  case `var` = "4d21b016-b534-45c2-a9fb-5c16e091fd2d"
  case tmp = "7ec6f557-3bc5-4aca-b293-16ef5df639d1"
  case lvm = "e6d6d379-f507-44c2-a23c-238f2a3df928"
  case raid = "a19d880f-05fc-4d3b-a006-743f0f84911e"
  case luks = "ca7d7ccb-63ed-4c53-861c-1742536059cc"
  case dmCrypt = "7ffec5c9-2d00-49b7-8941-3ea10a5586b7"

  /// As written in a configuration.
  package var name: String {
    switch self {
    case .esp: "esp"
    case .xbootldr: "xbootldr"
    case .linux: "linux"
    case .rootAMD64: "linux-root-amd64"
    case .swap: "linux-swap"
    case .home: "linux-home"
    case .srv: "linux-srv"
    case .var: "linux-var"
    case .tmp: "linux-tmp"
    case .lvm: "linux-lvm"
    case .raid: "linux-raid"
    case .luks: "linux-luks"
    case .dmCrypt: "linux-dm-crypt"
    }
  }

  package init?(name: String) {
    guard let type = PartitionType.allCases.first(where: { $0.name == name }) else { return nil }
    self = type
  }
}
