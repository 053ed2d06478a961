// Copyright 2026 emotion_ros maintainers
//
// Licensed under the Apache License, Version 2.0 (the "License"); you may not use this file except
// in compliance with the License. You may obtain a copy of the License at
//
//     http://www.apache.org/licenses/LICENSE-2.0
//
// Unless required by applicable law or agreed to in writing, software distributed under the License
// is distributed on an "AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express
// or implied. See the License for the specific language governing permissions and limitations under
// the License.

// For tests alone: what the examples use of rclcpp, declared as there. The wheels of ROS 2 have no
// rclcpp; the messages are the real ones.

#pragma once

#include <memory>
#include <string>

#define RCLCPP_INFO(logger, ...) ((void)logger, rclcpp::log_as_printf(__VA_ARGS__))

namespace rclcpp
{
struct Logger {};
struct QoS { QoS(size_t depth); };
template<typename MessageT> struct Subscription {};

struct Node
{
  explicit Node(const std::string & name);
  Logger get_logger() const;
  template<typename MessageT, typename CallbackT>
  std::shared_ptr<Subscription<MessageT>> create_subscription(
    const std::string &, const QoS &, CallbackT && callback)
  {
    callback(MessageT());
    return nullptr;
  }
};

void log_as_printf(const char * format, ...) __attribute__((format(printf, 1, 2)));
void init(int argc, char ** argv);
void spin(std::shared_ptr<Node> node);
bool shutdown();
}  // namespace rclcpp
