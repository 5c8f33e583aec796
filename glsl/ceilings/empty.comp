// Nothing: what is left is the cost of a dispatch.
#version 450
layout(local_size_x_id = 0) in;

void main() {
}
