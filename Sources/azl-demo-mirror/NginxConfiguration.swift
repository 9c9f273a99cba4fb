import Foundation
import Sandbox
import SystemPackage

/// A private nginx: static files, loopback only, nothing outside its prefix.
enum NginxConfiguration {
  static func text(root: FilePath, port: Int, prefix: FilePath) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map {
      "  \($0)_temp_path \"\(prefix)/temporary/\($0)\";"
    }
    return """
      daemon off;
      worker_processes 1;
      pid "\(prefix)/nginx.pid";
      error_log "\(prefix)/error.log";
      events { worker_connections 256; }
      http {
        access_log "\(prefix)/access.log";
        default_type application/octet-stream;
        sendfile on;
      \(temporary.joined(separator: "\n"))
        server {
          listen 127.0.0.1:\(port);
          root "\(root)";
          autoindex on;
        }
      }

      """
  }

  /// Root's nginx would give its workers to another user, who may not read the mirror.
  static func command(prefix: FilePath) -> Command {
    let user = geteuid() == 0 ? ["-g", "user root;"] : []
    return Command(
      ["nginx", "-p", prefix.string, "-c", "\(prefix)/nginx.conf", "-e", "\(prefix)/error.log"] + user)
  }
}
