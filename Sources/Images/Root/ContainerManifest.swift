/// What stands for the rpm database in an image that has none: two lists, which scanners of containers read.
enum ContainerManifest {
  static let folder = "/var/lib/rpmmanifest"
  /// Of the first: one package a line.
  static let names = #"%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\n"#
  /// Of the second: ten columns.
  static let table =
    #"%{NAME}\t%{VERSION}-%{RELEASE}\t%{INSTALLTIME}\t%{BUILDTIME}\t%{VENDOR}\t(none)\t%{SIZE}\t%{ARCH}\t%{EPOCHNUM}\t%{SOURCERPM}\n"#

  static func files(names: String, table: String) -> [PreparedFile] {
    [
      PreparedFile("\(folder)/container-manifest-1", .text(sorted(names))),
      PreparedFile("\(folder)/container-manifest-2", .text(sorted(table))),
    ]
  }

  private static func sorted(_ lines: String) -> String {
    lines.split(separator: "\n").sorted().joined(separator: "\n") + "\n"
  }
}
