import AzureLinux
import Foundation
import Terminal

/// `azl-dev/repo/1`: what the verbs below `repo` answer. Each fills the part that is its own.
struct RepositoryReport: Codable {
  struct Repository: Codable {
    var id: String
    /// `base`, `debuginfo`, `toolchain`, `source`, or `local` for what was built here.
    var kind: String
    var url: String
    var enabled: Bool
    /// Lower wins.
    var priority: Int
    /// Whether packages, and whether the metadata, must be signed.
    var gpgcheck: Bool
    var repoGpgcheck: Bool
    /// Nil with all that follows: its metadata are not here.
    var packages: Int?
    /// Of `repomd.xml`.
    var repomd: Digest?
    var revision: Int64?
    /// When this state was first seen, and when it was last asked for; seconds since that.
    var since: String?
    var checked: String?
    var ageSeconds: Int?
    /// What `init` found.
    var baseline: Digest?
    var hasMoved: Bool?

    init(
      id: String, kind: String, url: String, enabled: Bool, priority: Int, gpgcheck: Bool, repoGpgcheck: Bool
    ) {
      self.id = id
      self.kind = kind
      self.url = url
      self.enabled = enabled
      self.priority = priority
      self.gpgcheck = gpgcheck
      self.repoGpgcheck = repoGpgcheck
    }
  }

  struct Package: Codable {
    var nevra: String
    var repository: String
    /// Bytes of the file.
    var size: Int64
    var sha256: Digest
    /// File name of its SRPM.
    var source: String
    /// Whether it need not be downloaded.
    var isHere: Bool
  }

  struct Resolution: Codable {
    var asked: [String]
    /// In install order.
    var packages: [Package]
    var size: Int64
    /// Bytes that are not here yet.
    var download: Int64
  }

  struct Provision: Codable {
    var capability: String
    var packages: [Package]
    /// Names like it, where nothing provides it.
    var nearest: [String]
  }

  var schema = "azl-dev/repo/1"
  var question: String
  var repositories: [Repository]?
  /// Left out by the last sync: they did not answer and may be missing.
  var skipped: [String]?
  var resolution: Resolution?
  var provision: Provision?

  init(question: String) { self.question = question }
}

/// These answers as lines: pure, so that they are tested as text.
struct RepositoryView {
  let style: Style

  func lines(_ repositories: [RepositoryReport.Repository]) -> [String] {
    let width = repositories.map(\.id.count).max() ?? 0
    return repositories.flatMap { one -> [String] in
      let name = one.id.padding(toLength: width, withPad: " ", startingAt: 0)
      guard one.enabled else {
        return ["\(style.dot) \(name)  \(style.paint("\(one.kind), off", .dim))  \(one.url)"]
      }
      guard let count = one.packages else {
        return ["\(style.fail) \(name)  \(one.kind), never synced  \(one.url)"]
      }
      var facts = [one.kind, Figure.count(count, "RPM"), signing(one)]
      if let age = one.ageSeconds { facts.append("\(Self.age(age)) old") }
      if let revision = one.revision { facts.append("revision \(revision)") }
      var lines = ["\(style.pass) \(name)  \(facts.joined(separator: ", "))  \(style.paint(one.url, .dim))"]
      if one.hasMoved == true, let since = one.since {
        let place = String(repeating: " ", count: width + 4)
        lines.append("\(place)moved since the baseline was set, first seen so at \(since)")
      }
      return lines
    }
  }

  private func signing(_ one: RepositoryReport.Repository) -> String {
    switch (one.repoGpgcheck, one.gpgcheck) {
    case (true, true): "signed"
    case (false, true): "signed packages"
    case (true, false): "signed metadata"
    case (false, false): "not signed"
    }
  }

  static func age(_ seconds: Int) -> String {
    switch seconds {
    case ..<120: "\(seconds) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86_400) days"
    }
  }

  func lines(_ answer: RepositoryReport.Resolution) -> [String] {
    // nothing is needed only beside what is there anyway
    guard !answer.packages.isEmpty else {
      return [
        style.fact("Needs", "nothing: \(answer.asked.joined(separator: ", ")) is already in the build root")
      ]
    }
    return packages(answer)
  }

  private func packages(_ answer: RepositoryReport.Resolution) -> [String] {
    table(answer.packages) + [
      "",
      style.fact(
        "Needs",
        "\(Figure.count(answer.packages.count, "RPM")), \(Figure.bytes(answer.size)); "
          + (answer.download == 0 ? "all are here" : "\(Figure.bytes(answer.download)) to download")),
    ]
  }

  func lines(_ answer: RepositoryReport.Provision) -> [String] { table(answer.packages) }

  private func table(_ packages: [RepositoryReport.Package]) -> [String] {
    let width = packages.map(\.nevra.count).max() ?? 0
    return packages.map { package in
      let name = package.nevra.padding(toLength: width, withPad: " ", startingAt: 0)
      let mark = package.isHere ? style.pass : style.dot
      return "\(mark) \(name)  \(style.paint(package.repository, .dim))  \(Figure.bytes(package.size))"
    }
  }
}
